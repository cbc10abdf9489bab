package edgecases

import (
	"errors"
	"net/http"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Applications are the cases that the handler decides.
func Applications() []Case {
	upgrade := func(f func(*http.Request) (engine.Accept, error)) func() engine.Handler {
		return func() engine.Handler {
			h := Echo()
			h.Upgrade = f
			return h
		}
	}
	message := func(f func(*engine.Conn, frame.Op, []byte)) func() engine.Handler {
		return func() engine.Handler { return engine.Handler{Message: f} }
	}
	only := func(want frame.Op) func() engine.Handler {
		return message(func(c *engine.Conn, op frame.Op, p []byte) {
			if op != want {
				c.Close(frame.StatusUnsupported, "only "+want.String()+" here")
				return
			}
			c.Send(op, p)
		})
	}
	return []Case{
		{Name: "status, headers and body", Row: RowReject, Input: Request(), Status: 451,
			Header: http.Header{"X-Law": {"42"}, "Content-Type": {"application/json"}}, Body: `{"error":"law"}`,
			Handler: upgrade(func(*http.Request) (engine.Accept, error) {
				return engine.Accept{}, &engine.HTTPError{Status: 451, Body: `{"error":"law"}`,
					Header: http.Header{"X-Law": {"42"}, "Content-Type": {"application/json"}}}
			})},
		{Name: "an error without a status", Row: RowReject, Input: Request(), Status: 500,
			Handler: upgrade(func(*http.Request) (engine.Accept, error) { return engine.Accept{}, errors.New("database is down") })},
		{Name: "a panic", Row: RowReject, Input: Request(), Status: 500,
			Handler: upgrade(func(*http.Request) (engine.Accept, error) { panic("Upgrade") })},
		{Name: "a subprotocol that was not offered", Row: RowReject, Input: Request("Sec-WebSocket-Protocol: chat"), Status: 500,
			Handler: upgrade(func(*http.Request) (engine.Accept, error) { return engine.Accept{Subprotocol: "superchat"}, nil })},
		{Name: "a subprotocol that was offered", Row: RowReject, Input: Request("Sec-WebSocket-Protocol: chat, superchat"), Status: 101,
			Header: http.Header{"Sec-Websocket-Protocol": {"superchat"}, "X-A": {"1"}},
			Handler: upgrade(func(*http.Request) (engine.Accept, error) {
				return engine.Accept{Subprotocol: "superchat", Header: http.Header{"X-A": {"1"}}}, nil
			})},

		{Name: "binary to a text application", Row: RowUnsupported, Input: after(Masked(frame.OpBinary, []byte("x"))), Status: 101, Code: 1003,
			Handler: only(frame.OpText)},
		{Name: "text to a binary application", Row: RowUnsupported, Input: after(text("x")), Status: 101, Code: 1003,
			Handler: only(frame.OpBinary)},
		{Name: "text, then binary, to a text application", Row: RowUnsupported, Status: 101, Code: 1003, Frames: texts("x"),
			Input: after(text("x"), Masked(frame.OpBinary, []byte("x")), text("y")), Handler: only(frame.OpText)},

		{Name: "Message panics", Row: RowPanic, Input: after(text("x"), text("y")), Status: 101, Code: 1011,
			Handler: message(func(*engine.Conn, frame.Op, []byte) { panic("Message") })},
		{Name: "Message panics after a send", Row: RowPanic, Input: after(text("x"), text("y")), Status: 101, Code: 1011, Frames: texts("x"),
			Handler: message(func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p); panic("Message") })},
		{Name: "Open panics", Row: RowPanic, Input: after(text("x")), Status: 101, Code: 1011,
			Handler: func() engine.Handler {
				h := Echo()
				h.Open = func(*engine.Conn) { panic("Open") }
				return h
			}},
	}
}
