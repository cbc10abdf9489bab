package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/engine/internal/edgecases"
	"github.com/weir-ws/weir/frame"
)

// The rows of the edge-case table that time decides, at the default settings, to the tick.
func TestEdgeCasesOfTime(t *testing.T) {
	tests := map[string]func(*testing.T){
		edgecases.RowHeadTime:   headDeadline,
		edgecases.RowSlow:       slowConsumer,
		edgecases.RowGoingAway:  goingAway,
		edgecases.RowUnanswered: unanswered,
	}
	for _, row := range edgecases.Timed() {
		if tests[row] == nil {
			t.Errorf("no test for row %q", row)
			continue
		}
		t.Run(row, tests[row])
	}
}

// tick is how late anything may be.
const tick = enginetest.TickIdle

func headDeadline(t *testing.T) {
	for _, row := range []struct {
		name string
		feed func(*enginetest.Server, *enginetest.Client)
	}{
		{"nothing", func(s *enginetest.Server, _ *enginetest.Client) { s.Advance(5*time.Second - tick) }},
		{"a byte now and then", func(s *enginetest.Server, c *enginetest.Client) {
			for _, b := range enginetest.Request("/")[:49] {
				s.Advance(tick)
				c.Write([]byte{b})
			}
		}},
		{"all but the last byte", func(s *enginetest.Server, c *enginetest.Client) {
			r := enginetest.Request("/")
			c.Write(r[:len(r)-1])
			s.Advance(5*time.Second - tick)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := enginetest.New(t, engine.Config{}, engine.Handler{Open: func(*engine.Conn) { t.Error("Open ran") }, Close: func(*engine.Conn, error) { t.Error("Close ran") }})
			c := s.Dial()
			row.feed(s, c)
			if c.Closed() || s.Now() != 5*time.Second-tick {
				t.Fatalf("closed %t at %v", c.Closed(), s.Now())
			}
			s.Advance(tick)
			if !c.Closed() || c.Received() != 0 || c.GotReset() {
				t.Errorf("closed %t, reset %t, %d bytes came", c.Closed(), c.GotReset(), c.Received())
			}
			if st := s.Engine().Stats(); st.HandshakeTimeouts != 1 || st.Conns != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
	t.Run("in time", func(t *testing.T) {
		s := enginetest.New(t, engine.Config{}, edgecases.Echo())
		c := s.Dial()
		s.Advance(5*time.Second - tick)
		if r := c.Handshake("/"); r.StatusCode != 101 {
			t.Fatal(r.Status)
		}
		s.Advance(time.Second)
		if c.Closed() {
			t.Error("the handshake's deadline struck an open connection")
		}
	})
}

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

func goingAway(t *testing.T) {
	for _, code := range []frame.Status{frame.StatusGoingAway, frame.StatusServiceRestart} {
		const n = 1000
		s := enginetest.New(t, engine.Config{DrainCode: code, Loops: 2}, engine.Handler{})
		var cs []*enginetest.Client
		for range n {
			c := s.Dial()
			c.Handshake("/")
			cs = append(cs, c)
		}
		s.Drain()
		s.Settle()
		closing := func() (k int, first []int) {
			for i, c := range cs {
				if c.Pending() > 0 {
					k++
					first = append(first, i)
				}
			}
			return k, first
		}
		// A tenth of them with each tenth of the window, none sooner.
		for tenth := range 11 {
			k, who := closing()
			if k > tenth*n/10 || k < tenth*n/10-2 {
				t.Fatalf("%d: %d close frames after %d/10 of the window", code, k, tenth)
			}
			if tenth == 5 && slices.Max(who)-slices.Min(who) < n*9/10 {
				t.Errorf("%d: not at random: the first half is %d to %d", code, slices.Min(who), slices.Max(who))
			}
			s.Advance(tick)
		}
		for _, c := range cs {
			if got := closeCode(c.Frames()); got != code {
				t.Fatalf("close code %d, want %d", got, code)
			}
		}
	}
}

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
