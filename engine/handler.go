package engine

import (
	"net/http"

	"github.com/weir-ws/weir/frame"
)

// Handler is what an application does with its connections. A nil func means the
// default. All of them but HTTP run on the connection's loop, so none may block: a loop
// holds thousands of other connections. A panic in one closes that one connection
// with 1011 and is counted and logged; nothing else notices.
type Handler struct {
	// Upgrade decides about a handshake that is already known to be a correct one:
	// accept it, choose a subprotocol, attach user data; or return an error. An
	// [*HTTPError] is answered as it stands, any other error with 500 and no detail.
	// The request's body is empty and its RemoteAddr set. With Config.Workers.Upgrade it runs on a goroutine of its own and may
	// block; the request's context then ends when the client is gone or has waited too long. Default: accept.
	Upgrade func(*http.Request) (Accept, error)
	// Open runs once the 101 answer is queued, before any Message. Default: nothing.
	Open func(*Conn)
	// Message runs for every complete data message. p dies on return; copy what is to
	// be kept. Default: nothing.
	Message func(c *Conn, op frame.Op, p []byte)
	// Drain runs when Buffered has fallen to the low watermark after the high one was reached with
	// the socket full, or a message was Dropped. A Send that takes Buffered above the high mark for the length of a
	// callback owes no Drain if the socket then takes it all. Default: nothing.
	Drain func(*Conn)
	// Close runs exactly once for each Open, after the connection can no longer send. The
	// error is always a [*CloseError]. It never runs inside another callback. Default: nothing.
	Close func(*Conn, error)
	// Tick runs on every loop at each of its ticks: every 100 ms or so, every 4 ms while some
	// socket is full, once a second while nothing is going on, and when [Loop.TickAt] asked for it. It is for what an
	// application has to do in time on its connections without a timer for each. A panic in it
	// is counted and logged. Default: nothing.
	Tick func(*Loop)
	// HTTP serves the requests that come to the engine's addresses and show no sign of WebSocket: neither
	// "Upgrade: websocket" nor a Sec-WebSocket-Key or -Version. They are served by an http.Server of the
	// engine, each connection on a goroutine of its own, so a handler may block; Config.HTTP has the timeouts. When such a
	// connection sends a handshake later, it comes back to a loop, and costs a goroutine no more. Malformed
	// heads and broken handshakes are still answered by the engine. Default: 400, or 405 if the method is not GET.
	HTTP http.Handler
}
