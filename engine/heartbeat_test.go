package engine_test

import (
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// One ping to a silent peer, none to one that talks, and a reset if nothing comes of it.
func TestHeartbeat(t *testing.T) {
	cfg := engine.Config{PingAfter: 8 * time.Second, DeadAfter: 20 * time.Second}
	const late = time.Second + 2*tick // one walk over the table takes an eighth of PingAfter
	t.Run("silence", func(t *testing.T) {
		m := inMemory(t, cfg, engine.Handler{})
		m.Advance(8*time.Second - 2*tick)
		if fs := m.Frames(); len(fs) != 0 {
			t.Fatalf("too soon: %v", fs)
		}
		m.Advance(late + 2*tick)
		if fs := m.Frames(); len(fs) != 1 || fs[0].Op != frame.OpPing || len(fs[0].Payload) != 0 {
			t.Fatalf("after PingAfter: %v", fs)
		}
		m.Advance(10*time.Second - late)
		if fs := m.Frames(); len(fs) != 0 || m.Closed() {
			t.Fatalf("while the ping is unanswered: %v, closed %t", fs, m.Closed())
		}
		m.Advance(2*time.Second + late)
		if !m.GotReset() {
			t.Fatal("no reset after DeadAfter")
		}
		m.ended(t, frame.StatusAbnormal, false, engine.ErrPingTimeout)
		if st := m.Engine().Stats(); st.Pings != 1 || st.PingTimeouts != 1 {
			t.Errorf("%+v", st)
		}
	})
	t.Run("pongs", func(t *testing.T) {
		m := inMemory(t, cfg, engine.Handler{})
		pings := 0
		for range 100 {
			m.Advance(time.Second)
			for range m.Frames() {
				pings++
				m.Send(frame.OpPong, nil)
			}
		}
		if m.Closed() || pings < 100/10-1 || pings > 100/8 {
			t.Errorf("closed %t after %d pings in 100 s", m.Closed(), pings)
		}
	})
	t.Run("any data is life", func(t *testing.T) {
		m := inMemory(t, cfg, engine.Handler{})
		for range 20 {
			m.Advance(5 * time.Second)
			m.Write(enginetest.Frame(frame.OpText, []byte("x"))[:3]) // not even a whole frame
			m.Write(enginetest.Frame(frame.OpText, []byte("x"))[3:])
		}
		if st := m.Engine().Stats(); m.Closed() || st.Pings != 0 {
			t.Errorf("closed %t, %d pings", m.Closed(), st.Pings)
		}
	})
	t.Run("a slow reader is pinged too", func(t *testing.T) {
		m := inMemory(t, cfg, engine.Handler{})
		m.SetCapacity(100)
		m.on(func(c *engine.Conn) { c.Send(frame.OpBinary, make([]byte, 50_000)) })
		var got []byte
		for range 50_000/100 + 10 {
			m.Advance(400 * time.Millisecond)
			got = append(got, m.Read()...)
			if fs, _, _ := enginetest.Frames(got); len(fs) > 1 {
				m.Send(frame.OpPong, nil)
			}
			if m.Closed() {
				break
			}
		}
		// It took bytes all the time, but from it nothing came: it is dead by the rule, and was asked.
		fs, _, _ := enginetest.Frames(got)
		if st := m.Engine().Stats(); st.Pings != 1 || len(fs) != 0 {
			t.Errorf("%d pings sent, %d frames came through", st.Pings, len(fs))
		}
		m.ended(t, frame.StatusAbnormal, false, engine.ErrPingTimeout)
	})
	t.Run("off", func(t *testing.T) {
		m := inMemory(t, engine.Config{PingAfter: -1, DeadAfter: -1}, engine.Handler{})
		m.Advance(10 * time.Minute)
		if m.Closed() || m.Pending() != 0 {
			t.Errorf("closed %t, %d bytes came", m.Closed(), m.Pending())
		}
	})
	t.Run("only the dead", func(t *testing.T) {
		m := inMemory(t, engine.Config{PingAfter: -1, DeadAfter: 10 * time.Second}, engine.Handler{})
		m.Advance(10*time.Second - 2*tick)
		if m.Closed() {
			t.Fatal("too soon")
		}
		m.Advance(3 * time.Second)
		m.ended(t, frame.StatusAbnormal, false, engine.ErrPingTimeout)
	})
}

// The walk spreads over its period: many connections that fell silent together are pinged a few at a tick.
func TestHeartbeatIsSpread(t *testing.T) {
	const n = 3000
	s := enginetest.New(t, engine.Config{PingAfter: 8 * time.Second, DeadAfter: -1}, engine.Handler{})
	var cs []*enginetest.Client
	for range n {
		c := s.Dial()
		c.Handshake("/")
		cs = append(cs, c)
	}
	s.Advance(8*time.Second - tick)
	before, most := s.Engine().Stats().Pings, uint64(0)
	for range 25 {
		s.Advance(tick)
		pings := s.Engine().Stats().Pings
		most = max(most, pings-before)
		before = pings
	}
	if before != n || most > n/5 {
		t.Errorf("%d pings for %d connections, up to %d in one tick", before, n, most)
	}
	for i, c := range cs {
		if c.Received() != cs[0].Received() {
			t.Fatalf("connection %d got %d bytes, another %d", i, c.Received(), cs[0].Received())
		}
	}
}

// A clock that jumps, because the process was stopped or its machine asleep, kills nobody: what the peers sent
// meanwhile has only not been read yet.
func TestClockJumpsKillNobody(t *testing.T) {
	m := inMemory(t, engine.Config{}, engine.Handler{})
	m.Stall()
	m.on(func(c *engine.Conn) { c.Send(frame.OpText, []byte("x")) })
	idle := m.Dial()
	idle.Handshake("/")
	late := m.Dial()
	m.Jump(24 * time.Hour)
	m.Tick(0)
	m.Settle()
	if len(m.closed) != 0 || idle.Closed() || late.Closed() {
		t.Fatalf("closed: slow %v, idle %t, in its handshake %t", m.closed, idle.Closed(), late.Closed())
	}
	m.Unstall()
	m.Advance(time.Second)
	if fs := m.Frames(); len(fs) != 1 {
		t.Errorf("the slow one got %v", fs)
	}
	if r := late.Handshake("/"); r.StatusCode != 101 {
		t.Errorf("the late one got %s", r.Status)
	}
	// And the deadlines count on from there.
	m.Advance(70 * time.Second)
	if !idle.GotReset() {
		t.Error("the idle one is not dead after another 70 s")
	}
}
