package edgecases

import (
	"net/http"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Case is one client's input and the answer it must get, whatever the cuts between reads.
type Case struct {
	Name string
	// Row is the line of the edge-case table that the case belongs to: one of Rows.
	Row string
	// Config changes the server's configuration; nil: the defaults.
	Config func(*engine.Config)
	// Handler makes the application; nil: Echo.
	Handler func() engine.Handler
	// Before is the number of connections from the same address that connected just before
	// this one and are still there. They need not have sent anything.
	Before int
	// Input is all the client sends, its request head included.
	Input []byte

	// Status is the status code of the HTTP answer.
	Status int
	// Header has fields that the HTTP answer must have, by canonical names. The value Any stands for any.
	Header http.Header
	// Body is the body of an answer other than 101; empty: not compared.
	Body string
	// Frames are the server's frames before its close frame, exactly. Nil with
	// AnyFrames set: not compared (how many pongs get out before a flood is ended depends on the clock).
	Frames    []Frame
	AnyFrames bool
	// Code is the code of the server's close frame; frame.StatusNoStatus: a close frame without a
	// code; 0: no close frame comes. With Status 101 and Code 0 the connection is still open in the end.
	Code frame.Status
}

// Any as a value of Case.Header stands for any value.
const Any = "*"

// Frame is one frame of the server: FIN set, RSV clear, not masked.
type Frame struct {
	Op      frame.Op
	Payload []byte
}

// All returns every case.
func All() []Case {
	var all []Case
	all = append(all, Handshakes()...)
	all = append(all, Caps()...)
	all = append(all, Framing()...)
	all = append(all, Closes()...)
	all = append(all, Texts()...)
	all = append(all, Limits()...)
	all = append(all, Deflates()...)
	all = append(all, Applications()...)
	return all
}

// Echo answers every message with itself.
func Echo() engine.Handler {
	return engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p) }}
}
