//go:build unix

package engine_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// A head that is not complete in time is closed, whether nothing comes or a byte now and then: the deadline
// counts from the connect, and no byte extends it.
func TestSocketHandshakeDeadline(t *testing.T) {
	for _, dribble := range []bool{false, true} {
		t.Run(map[bool]string{false: "nothing", true: "dribble"}[dribble], func(t *testing.T) {
			t.Parallel()
			cfg := quickly()
			cfg.HandshakeTimeout = 300 * time.Millisecond
			s := serve(t, cfg, echo())
			c := connect(t, s.addr)
			gone := make(chan struct{})
			if dribble {
				go func() { // far more bytes than the deadline leaves time for, never a whole head
					c.bytesUntil(gone, plainRequest+strings.Repeat("X-A: b\r\n", 50), 25*time.Millisecond)
				}()
			}
			// FIN, or a reset if a byte of ours came in behind it.
			n, err := io.Copy(io.Discard, c.br)
			close(gone)
			if n != 0 || errors.Is(err, errDeadline) {
				t.Fatalf("%d bytes, then %v; want the end and no answer", n, err)
			}
			eventually(t, "counted", func() bool { st := s.Stats(); return st.HandshakeTimeouts == 1 && st.Conns == 0 })
		})
	}
}

// The deadline of the handshake is nothing to a connection that is open.
func TestSocketHandshakeDeadlineEndsWithTheHandshake(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.HandshakeTimeout = 1500 * time.Millisecond // a client on a busy machine has it, too
	s := serve(t, cfg, echo())
	c := dialWS(t, s.addr)
	late := connect(t, s.addr) // when this one is cut, the other's deadline has passed as well
	if _, err := io.Copy(io.Discard, late.br); err != nil {
		t.Fatal(err)
	}
	c.say(frame.OpText, "hello")
	c.expect(frame.OpText, "hello")
}

// A peer that leaves our close frame unanswered is reset, and Close is told why.
func TestSocketCloseUnanswered(t *testing.T) {
	t.Parallel()
	cfg := quickly() // whose CloseTimeout is time to read the close frame in, which the reset would take away
	h, errs := closes(engine.Handler{Open: func(c *engine.Conn) { c.Close(4321, "bye") }})
	s := serve(t, cfg, h)
	c := dialWS(t, s.addr)
	if reason := c.expectClose(4321); reason != "bye" {
		t.Errorf("reason %q", reason)
	}
	c.expectReset()
	if err := wait(t, "Close", errs); err.Code != 4321 || err.Remote || !errors.Is(err, engine.ErrCloseTimeout) {
		t.Errorf("Close got %v", err)
	}
}

// One that answers gets a FIN, and so does one that answers late but in time with data before the answer.
func TestSocketCloseAnswered(t *testing.T) {
	t.Parallel()
	messages := 0
	h, errs := closes(engine.Handler{
		Open:    func(c *engine.Conn) { c.Close(4321, "bye") },
		Message: func(*engine.Conn, frame.Op, []byte) { messages++ },
	})
	s := serve(t, quickly(), h)
	c := dialWS(t, s.addr)
	c.expectClose(4321)
	c.say(frame.OpText, "too late") // RFC 6455 5.5.1: thrown away
	c.say(frame.OpClose, "\x10\xe1")
	c.expectEOF()
	_ = c.Close()
	if err := wait(t, "Close", errs); err.Code != 4321 || err.Remote || err.Err != nil {
		t.Errorf("Close got %v", err)
	}
	if messages != 0 {
		t.Errorf("%d messages were delivered behind our close frame", messages)
	}
}

// A peer that says goodbye but keeps its socket open is reset in the end: nobody holds a descriptor for ever.
func TestSocketPeerNeverSendsFIN(t *testing.T) {
	t.Parallel()
	cfg := quickly() // whose CloseTimeout is time to read what the reset would take away
	h, errs := closes(echo())
	s := serve(t, cfg, h)
	c := dialWS(t, s.addr)
	c.say(frame.OpClose, "\x03\xe8")
	c.expectClose(1000)
	c.expectEOF()
	if err := wait(t, "Close", errs); err.Code != 1000 || !err.Remote {
		t.Errorf("Close got %v", err)
	}
	eventually(t, "the socket is released", func() bool { return s.Stats().Conns == 0 })
}

// An idle peer is pinged; silence on top of that is death by reset, with 1006 and ErrPingTimeout.
func TestSocketPingTimeout(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.PingAfter, cfg.DeadAfter = 100*time.Millisecond, 3*time.Second // the reset takes away a ping that is not read in between
	h, errs := closes(echo())
	s := serve(t, cfg, h)
	c := dialWS(t, s.addr)
	c.expect(frame.OpPing, "")
	c.expectReset()
	if err := wait(t, "Close", errs); err.Code != frame.StatusAbnormal || !errors.Is(err, engine.ErrPingTimeout) {
		t.Errorf("Close got %v", err)
	}
	if st := s.Stats(); st.Pings != 1 || st.PingTimeouts != 1 {
		t.Errorf("%d pings, %d timeouts; want 1 and 1", st.Pings, st.PingTimeouts)
	}
}

// A peer that answers its pings stays, and is pinged again each time it falls silent.
func TestSocketPongsKeepAlive(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.PingAfter, cfg.DeadAfter = 50*time.Millisecond, 20*time.Second
	s := serve(t, cfg, echo())
	c := dialWS(t, s.addr)
	for range 5 {
		c.expect(frame.OpPing, "")
		c.say(frame.OpPong, "")
	}
	c.say(frame.OpText, "alive")
	for {
		op, p, err := c.next()
		if err != nil {
			t.Fatal(err)
		}
		if op == frame.OpText && string(p) == "alive" {
			break
		}
	}
	if st := s.Stats(); st.Pings < 5 || st.PingTimeouts != 0 {
		t.Errorf("%d pings, %d timeouts", st.Pings, st.PingTimeouts)
	}
}

// TCP ending without a close frame is 1006 (RFC 6455 7.1.5), by FIN or by reset.
func TestSocketAbruptEnd(t *testing.T) {
	t.Parallel()
	h, errs := closes(echo())
	s := serve(t, quickly(), h)
	c := dialWS(t, s.addr)
	_ = c.Close()
	if err := wait(t, "Close", errs); err.Code != frame.StatusAbnormal || !err.Remote || err.Err != nil {
		t.Errorf("after FIN, Close got %v (remote %t); want 1006 by the peer without a cause", err, err.Remote)
	}
	c = dialWS(t, s.addr)
	c.reset()
	if err := wait(t, "Close", errs); err.Code != frame.StatusAbnormal || !errors.Is(err, errReset) {
		t.Errorf("after a reset, Close got %v; want 1006 because of ECONNRESET", err)
	}
}
