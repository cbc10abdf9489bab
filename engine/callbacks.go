package engine

import (
	"fmt"
	"runtime/debug"

	"github.com/weir-ws/weir/frame"
)

// contain turns a panic of a user callback into the end of its connection: gnet never
// recovers, so without it one bad message would take a million connections along. A callback that neither returned nor
// panicked has called runtime.Goexit.
func (c *Conn) contain(returned *bool) {
	r := recover()
	if r == nil {
		if !*returned {
			c.loop.exits()
		}
		return
	}
	l := c.loop
	l.stats.panics.Add(1)
	l.stats.note(ReasonPanic)
	l.e.cfg.Logger.Error("a handler panicked; its connection is closed", "peer", c.socket().Peer(), "panic", r, "stack", string(debug.Stack()))
	c.fail(&CloseError{Code: frame.StatusInternalError, Reason: "internal error", Err: fmt.Errorf("%w: %v", ErrPanic, r)})
}

func (c *Conn) callMessage(op frame.Op, p []byte) {
	l := c.loop
	if l.e.h.Message == nil {
		return
	}
	returned := false
	defer c.contain(&returned)
	l.e.h.Message(c, op, p)
	returned = true
	l.owner.scribble(p)
}

func (c *Conn) callOpen() {
	c.flags |= flagOpened
	c.loop.stats.open.Add(1)
	if f := c.loop.e.h.Open; f != nil {
		returned := false
		defer c.contain(&returned)
		f(c)
		returned = true
	}
}

func (c *Conn) callDrain() {
	if f := c.loop.e.h.Drain; f != nil {
		returned := false
		defer c.contain(&returned)
		f(c)
		returned = true
	}
}

func (c *Conn) callClose(err *CloseError) {
	if f := c.loop.e.h.Close; f != nil {
		returned := false
		defer c.contain(&returned) // the connection is done: only the count and the log remain
		f(c, err)
		returned = true
	}
}

func (l *Loop) callTick() {
	if f := l.e.h.Tick; f != nil {
		returned := false
		defer l.containTick(&returned)
		f(l)
		returned = true
	}
}

// containTick is contain for a callback that has no connection.
func (l *Loop) containTick(returned *bool) {
	if r := recover(); r == nil && !*returned {
		l.exits()
	} else if r != nil {
		l.stats.panics.Add(1)
		l.e.cfg.Logger.Error("Handler.Tick panicked", "loop", l.index, "panic", r, "stack", string(debug.Stack()))
	}
}
