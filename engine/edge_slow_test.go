package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

func slowConsumer(t *testing.T) {
	t.Run("write deadline", func(t *testing.T) {
		m := inMemory(t, engine.Config{}, engine.Handler{})
		m.SetPerWrite(3)
		m.SetCapacity(3)
		m.on(func(c *engine.Conn) { c.Send(frame.OpText, []byte("begun")); c.Send(frame.OpText, []byte("not begun")) })
		m.Advance(20*time.Second - enginetest.TickBusy)
		if st := m.Engine().Stats(); st.SlowClosed != 0 || st.Slow != 1 {
			t.Fatalf("too soon: %+v", st)
		}
		m.Advance(2 * enginetest.TickBusy)
		if st := m.Engine().Stats(); st.SlowClosed != 1 {
			t.Fatalf("at the deadline: %+v", st)
		}
		// What had begun is finished, what had not is dropped, and the close frame follows.
		got := string(m.Read())
		m.SetPerWrite(0)
		m.SetCapacity(-1)
		m.Advance(time.Second)
		fs, rest, err := enginetest.Frames([]byte(got + string(m.Read())))
		if err != nil || len(rest) != 0 || len(fs) != 2 || string(fs[0].Payload) != "begun" || closeCode(fs) != frame.StatusTryAgainLater {
			t.Errorf("the client got %v, %v and %d bytes", fs, err, len(rest))
		}
		if !m.GotFIN() {
			t.Error("no FIN behind the close frame")
		}
		m.CloseWrite()
		m.ended(t, frame.StatusTryAgainLater, false, engine.ErrWriteTimeout)
		if st := m.Engine().Stats(); st.SlowClosed != 1 {
			t.Errorf("counted %d times", st.SlowClosed)
		}
	})
	t.Run("a byte in time", func(t *testing.T) {
		m := inMemory(t, engine.Config{PingAfter: -1, DeadAfter: -1}, engine.Handler{})
		m.SetCapacity(1)
		m.on(func(c *engine.Conn) { c.Send(frame.OpText, make([]byte, 10)) })
		for range 12 {
			m.Advance(19 * time.Second)
			m.Read()
		}
		if m.Advance(time.Second); len(m.closed) != 0 || m.conn.Buffered() != 0 {
			t.Errorf("closed %v, %d bytes left", m.closed, m.conn.Buffered())
		}
	})
	t.Run("hard limit", func(t *testing.T) {
		m := inMemory(t, engine.Config{HighWatermark: 1000, HardLimit: 1000}, engine.Handler{})
		m.Stall()
		m.on(func(c *engine.Conn) {
			// 990 bytes of 1000 wait, 12 more are refused whatever the policy.
			if o := c.SendMessage(frame.NewMessage(frame.OpText, make([]byte, 986))); o != engine.Sent {
				t.Errorf("the first: %v", o)
			}
		})
		m.on(func(c *engine.Conn) {
			if o := c.SendMessage(frame.NewMessage(frame.OpText, make([]byte, 8))); o != engine.Queued || c.Buffered() != 1000 {
				t.Errorf("up to the limit: %v, %d", o, c.Buffered())
			}
		})
		m.Unstall()
		m.SetCapacity(500)
		m.Read()
		m.Advance(time.Second)
		m.on(func(c *engine.Conn) {
			if c.Buffered() != 500 {
				t.Errorf("%d are left", c.Buffered())
			}
			if o := c.SendMessage(frame.NewMessage(frame.OpText, make([]byte, 497))); o != engine.Closed {
				t.Errorf("over the limit: %v", o)
			}
		})
		m.Advance(5 * time.Second) // nobody answers
		m.ended(t, frame.StatusTryAgainLater, false, engine.ErrSlowConsumer)
	})
	t.Run("policy disconnect", func(t *testing.T) {
		m := inMemory(t, engine.Config{HighWatermark: 100, LowWatermark: 10, Slow: engine.PolicyDisconnect}, engine.Handler{})
		m.Stall()
		m.on(func(c *engine.Conn) {
			var os []engine.Outcome
			for range 4 {
				os = append(os, c.Send(frame.OpText, make([]byte, 48)))
			}
			if want := []engine.Outcome{engine.Sent, engine.Sent, engine.Closed, engine.Closed}; !slices.Equal(os, want) {
				t.Errorf("%v, want %v", os, want)
			}
		})
		m.Unstall()
		m.Advance(time.Second)
		if fs := m.Frames(); closeCode(fs) != frame.StatusTryAgainLater || len(fs) != 1 {
			t.Errorf("the client got %v", fs)
		}
		m.CloseWrite()
		m.ended(t, frame.StatusTryAgainLater, false, engine.ErrSlowConsumer)
	})
	t.Run("policy drop", func(t *testing.T) {
		m := inMemory(t, engine.Config{HighWatermark: 100, LowWatermark: 10, Slow: engine.PolicyDrop}, engine.Handler{})
		m.Stall()
		m.on(func(c *engine.Conn) {
			var os []engine.Outcome
			for range 4 {
				os = append(os, c.Send(frame.OpText, make([]byte, 48)))
			}
			if want := []engine.Outcome{engine.Sent, engine.Sent, engine.Dropped, engine.Dropped}; !slices.Equal(os[2:], want[2:]) {
				t.Errorf("%v, want %v", os, want)
			}
		})
		m.Unstall()
		m.Advance(time.Second)
		if fs := m.Frames(); len(fs) != 2 || len(m.drains) != 1 || m.drains[0] != 0 || len(m.closed) != 0 {
			t.Errorf("the client got %d frames, Drain ran at %v, Close got %v", len(fs), m.drains, m.closed)
		}
	})
}
