package engine_test

import (
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// The pace of the ticks follows what is under way.
func TestPace(t *testing.T) {
	const doze, idle, busy = time.Second, 100 * time.Millisecond, 4 * time.Millisecond
	s := enginetest.New(t, engine.Config{Loops: 2}, engine.Handler{})
	want := func(what string, d time.Duration) {
		t.Helper()
		if got := engine.Pace(s.Engine()); got != d {
			t.Errorf("%s: ticks every %v, want %v", what, got, d)
		}
	}
	want("before the first tick", idle)
	s.Advance(time.Second)
	want("nothing there", doze)
	c := s.DialLoop(1)
	want("a handshake has begun", idle)
	c.Handshake("/")
	s.Advance(time.Second)
	want("its deadline is queued", idle)
	s.Advance(10 * time.Second)
	want("quiet", doze)
	c.Send(frame.OpPong, nil)
	want("a pong came", doze)
	c.Send(frame.OpText, []byte("x"))
	want("a message came", idle)
	s.Advance(time.Second)
	want("quiet again", doze)
	c.SetCapacity(0)
	s.Engine().Loop(1).Post(func() {
		engine.EachConn(s.Engine().Loop(1), func(c *engine.Conn) { c.Send(frame.OpText, []byte("y")) })
	})
	s.Settle()
	want("a socket is full", busy)
	c.SetCapacity(-1)
	s.Advance(time.Second)
	want("it has drained", doze)
	c.Send(frame.OpClose, nil)
	s.Advance(10 * time.Second)
	want("closed", doze)
}

// While a loop dozes what happens is judged by the time at which it happens, not by the time of the last tick.
func TestClockWhileDozing(t *testing.T) {
	s := enginetest.New(t, engine.Config{Loops: 1}, engine.Handler{})
	c := s.Dial()
	c.Handshake("/")
	s.Advance(10 * time.Second)
	for _, row := range []struct {
		what    string
		happens func()
	}{
		{"a pong", func() { c.Send(frame.OpPong, nil) }},
		{"a post", func() { s.Engine().Loop(0).Post(func() {}); s.Settle() }},
		{"a new connection", func() { s.Dial() }},
	} {
		if d := engine.Pace(s.Engine()); d != time.Second {
			t.Fatalf("ticks every %v: the loop does not doze", d)
		}
		s.Jump(450 * time.Millisecond) // no tick
		row.happens()
		if now := engine.TimeOf(s.Engine().Loop(0)); now != s.Now() {
			t.Errorf("%s: the loop believes it is %v, the clock says %v", row.what, now, s.Now())
		}
	}
}
