//go:build unix

package engine_test

import (
	"errors"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// A panic in any callback ends its own connection with 1011 and is counted and logged; the loop, and the neighbour on
// it, notice nothing. Without it gnet would end the process.
func TestSocketPanics(t *testing.T) {
	const posted, callback = "a posted func panicked", "a handler panicked; its connection is closed"
	boom := func(c *engine.Conn) {
		if c.Subprotocol() == "bad" {
			panic("boom")
		}
	}
	for _, tc := range []struct {
		name string
		h    engine.Handler
		do   func(t *testing.T, s *sockServer, bad *rawClient, ref engine.Ref)
		log  string
		ends frame.Status // how the bad client sees it end; 0: it does not
	}{
		{name: "Open", h: engine.Handler{Open: boom}, log: callback, ends: 1011},
		{name: "Message", h: engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) { boom(c); c.Send(op, p) }}, log: callback, ends: 1011,
			do: func(_ *testing.T, _ *sockServer, bad *rawClient, _ engine.Ref) { bad.say(frame.OpText, "x") }},
		{name: "Close", h: engine.Handler{Close: func(c *engine.Conn, _ error) { boom(c) }}, log: callback, ends: 1000,
			do: func(_ *testing.T, _ *sockServer, bad *rawClient, _ engine.Ref) { bad.say(frame.OpClose, "\x03\xe8") }},
		{name: "Drain", h: engine.Handler{Drain: boom}, log: callback, ends: 1011,
			do: func(t *testing.T, _ *sockServer, _ *rawClient, ref engine.Ref) {
				onLoop(t, ref, func(c *engine.Conn) {
					for i := 0; c.Send(frame.OpBinary, numbered(i, bigMessage)) != engine.Dropped; i++ {
					}
				})
			}},
		{name: "Ref.Post", log: callback, ends: 1011,
			do: func(_ *testing.T, _ *sockServer, _ *rawClient, ref engine.Ref) { ref.Post(boom) }},
		{name: "Loop.Post", log: posted,
			do: func(_ *testing.T, s *sockServer, _ *rawClient, _ engine.Ref) {
				s.Loop(0).Post(func() { panic("boom") })
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg, log := quickly(), newTestLog()
			cfg.Loops, cfg.Logger = 1, log.logger()
			h := tc.h
			h.Upgrade = chooseFirst
			if h.Message == nil {
				h.Message = echo().Message
			}
			closed := make(chan *engine.CloseError, 10)
			inner := h.Close
			h.Close = func(c *engine.Conn, err error) {
				if c.Subprotocol() == "bad" {
					closed <- err.(*engine.CloseError)
				}
				if inner != nil {
					inner(c, err)
				}
			}
			refs := make(chan engine.Ref, 2)
			open := h.Open
			h.Open = func(c *engine.Conn) {
				refs <- c.Ref()
				if open != nil {
					open(c)
				}
			}
			s := serve(t, cfg, h)
			good := dialWS(t, s.addr)
			wait(t, "Open", refs)
			bad := dialStalled(t, s.addr, "Sec-WebSocket-Protocol: bad")
			ref := wait(t, "Open", refs)
			if tc.do != nil {
				tc.do(t, s, bad, ref)
			}
			if tc.ends != 0 {
				bad.expectClose(tc.ends)
				bad.expectEOF()
				_ = bad.Close()
				if err := wait(t, "Close", closed); err.Code != tc.ends || (tc.ends == 1011) != errors.Is(err, engine.ErrPanic) {
					t.Errorf("Close got %v", err)
				}
			} else {
				bad.say(frame.OpText, "unharmed")
				bad.expect(frame.OpText, "unharmed")
			}
			good.say(frame.OpText, "unharmed")
			good.expect(frame.OpText, "unharmed")
			eventually(t, "the panic is counted", func() bool { return s.Stats().Panics == 1 })
			if n := log.count(tc.log); n != 1 {
				t.Errorf("%q was logged %d times, want once", tc.log, n)
			}
			if len(closed) != 0 {
				t.Error("Close ran twice")
			}
		})
	}
}
