package engine_test

import (
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

func unanswered(t *testing.T) {
	t.Run("no answer", func(t *testing.T) {
		m := inMemory(t, engine.Config{}, engine.Handler{})
		m.on(func(c *engine.Conn) { c.Close(4000, "bye") })
		if code := closeCode(m.Frames()); code != 4000 || m.GotFIN() {
			t.Fatalf("close code %d, FIN %t before an answer", code, m.GotFIN())
		}
		m.Send(frame.OpText, []byte("this is none")) // thrown away
		m.Advance(5*time.Second - tick)
		if m.Closed() {
			t.Fatal("too soon")
		}
		m.Advance(tick)
		if !m.GotReset() {
			t.Error("no reset")
		}
		m.ended(t, 4000, false, engine.ErrCloseTimeout)
	})
	t.Run("an answer but no FIN", func(t *testing.T) {
		m := inMemory(t, engine.Config{}, engine.Handler{})
		m.on(func(c *engine.Conn) { c.Close(4000, "bye") })
		m.Send(frame.OpClose, frame.AppendClose(nil, 4000, ""))
		if !m.GotFIN() {
			t.Fatal("no FIN behind the answer")
		}
		m.Advance(5 * time.Second)
		m.ended(t, 4000, false, nil)
	})
	t.Run("both at once", func(t *testing.T) {
		m := inMemory(t, engine.Config{}, engine.Handler{})
		m.on(func(c *engine.Conn) { c.Close(4000, "ours") })
		m.Send(frame.OpClose, frame.AppendClose(nil, 4001, "theirs")) // was under way when ours came
		if fs := m.Frames(); len(fs) != 1 || closeCode(fs) != 4000 || !m.GotFIN() {
			t.Errorf("the client got %v, FIN %t", fs, m.GotFIN())
		}
		m.CloseWrite()
		m.ended(t, 4000, false, nil)
	})
	t.Run("the peer closes and stays", func(t *testing.T) {
		m := inMemory(t, engine.Config{}, engine.Handler{})
		m.Send(frame.OpClose, frame.AppendClose(nil, 4001, "theirs"))
		if !m.GotFIN() || m.Closed() {
			t.Fatalf("FIN %t, closed %t", m.GotFIN(), m.Closed())
		}
		m.Advance(5 * time.Second)
		if !m.GotReset() {
			t.Error("no reset")
		}
		m.ended(t, 4001, true, nil)
		if m.closed[0].Reason != "theirs" {
			t.Errorf("reason %q", m.closed[0].Reason)
		}
	})
	t.Run("it reads nothing either", func(t *testing.T) {
		m := inMemory(t, engine.Config{}, engine.Handler{})
		m.Stall()
		m.on(func(c *engine.Conn) { c.Send(frame.OpText, []byte("x")); c.Close(1000, "") })
		m.Advance(5*time.Second + tick)
		m.ended(t, 1000, false, engine.ErrCloseTimeout)
	})
}
