package engine_test

import (
	"time"

	"github.com/weir-ws/weir/engine"
)

// end lets everything end, in order or not, and checks that nothing is left.
func (s *sim) end() {
	if s.chance(50) {
		s.logf("drain")
		s.draining = true
		s.s.Drain()
		s.s.Settle()
		s.afterStep()
	}
	for _, m := range s.conns {
		if s.chance(70) {
			m.free()
		}
	}
	for range 12 {
		s.elapse(pick(s, 100*time.Millisecond, 300*time.Millisecond))
		s.afterStep()
		for _, m := range s.conns {
			if s.chance(60) {
				m.readAll()
			}
			if m.closeSeen && s.chance(60) {
				m.answerClose()
			}
			s.afterStep()
		}
	}
	for _, m := range s.conns {
		if m.conn != nil && m.closed == 0 && engine.StateOf(m.conn) == "open" {
			m.leave()
			s.afterStep()
		}
	}
	for range 40 {
		s.elapse(time.Second)
		s.afterStep()
	}
	st := s.s.Engine().Stats()
	if st.Conns != 0 || st.Open != 0 {
		s.fatalf("%d sockets, %d open connections are left", st.Conns, st.Open)
	}
	closed := uint64(0)
	for _, n := range st.Closed {
		closed += n
	}
	if dialed := uint64(len(s.conns)) - st.Refused; closed != dialed {
		s.fatalf("%d connections ended, %d came: %v", closed, dialed, st.Closed)
	}
	for i := range s.s.Engine().Loops() {
		if left := engine.Leftovers(s.s.Engine().Loop(i)); left != "" {
			s.fatalf("loop %d is not empty: %s", i, left)
		}
	}
	var opened, out uint64
	for _, m := range s.conns {
		m.readAll()
		m.checkEnd()
		opened += uint64(m.opened)
		out += m.client.Received()
	}
	if st.Handshakes != opened {
		s.fatalf("%d handshakes are counted, %d connections were opened", st.Handshakes, opened)
	}
	if st.BytesOut != out {
		s.fatalf("%d bytes are counted as written, the sockets took %d", st.BytesOut, out)
	}
	s.s.Stop()
	for _, m := range s.conns {
		if m.ref.Post(func(*engine.Conn) {}) {
			s.fatalf("conn %d: Post reported true on a stopped engine", m.id)
		}
	}
}
