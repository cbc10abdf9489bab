package engine_test

import (
	"fmt"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// app is what an application does with a connection, from a posted func or a callback.
func (m *simConn) app(c *engine.Conn, what byte, size int) {
	switch what {
	case 'e':
		m.send(c, size, nil)
	case 'b':
		for range 1 + m.r.IntN(12) {
			m.send(c, size, nil)
		}
	case 'p':
		m.sendPing(c)
	case 'x':
		// The same for everybody on the loop, encoded once; some of it as a run.
		var shared []*frame.Message
		for range 1 + m.r.IntN(4) {
			shared = append(shared, frame.NewMessage(frame.OpBinary,
				[]byte(fmt.Sprintf("shared by conn %d, number %d, %*d", m.id, m.next(), size%200, 0))))
		}
		run := frame.NewRun(shared)
		for _, o := range m.sim.conns {
			if o.conn != nil && o.closed == 0 && o.conn.Loop() == c.Loop() {
				o.sendShared(o.conn, run, m.chance(70))
			}
		}
	case 'c':
		m.closeConn(c, pick(m.sim, frame.StatusNormal, 4000, 4000, frame.StatusAbnormal), pick(m.sim, "", "bye"))
	case 's':
		m.policy = pick(m.sim, engine.PolicyDrop, engine.PolicyDisconnect)
		c.SetSlowPolicy(m.policy)
	case '!':
		if engine.StateOf(c) == "open" {
			m.decide(frame.StatusInternalError, false)
		}
		m.failed = true
		panic("the simulation panics")
	case 'o':
		// Ask another connection on any loop, by its Ref.
		pick(m.sim, m.sim.conns...).post()
	}
}

// roll draws something for app.
func (s *sim) roll() (what byte, size int) {
	what = "eeeeeebbbxxpso"[s.r.IntN(14)]
	switch s.r.IntN(60) {
	case 0, 1:
		what = 'c'
	case 2:
		what = '!'
	}
	size = 8 + s.r.IntN(60)
	switch s.r.IntN(12) {
	case 0:
		size = 5000
	case 1:
		size = pick(s, 200, 1000, 33<<10, 40<<10, 70<<10)
	}
	return what, size
}

// post posts something to a connection that has been opened.
func (m *simConn) post() {
	if m.conn == nil {
		return
	}
	what, size := m.roll()
	n := m.posted
	ok := m.ref.Post(func(c *engine.Conn) {
		defer m.enter()()
		m.logf("conn %d: posted func %d runs: %c %d", m.id, n, what, size)
		if m.of(c) != m || engine.StateOf(c) != "open" || m.closed > 0 {
			m.fatalf("conn %d: a posted func runs in state %s", m.id, engine.StateOf(c))
		}
		if n != m.ran {
			m.fatalf("conn %d: posted func %d runs, %d is due", m.id, n, m.ran)
		}
		m.ran++
		m.check()
		m.app(c, what, size)
	})
	if ok != (m.closed == 0) {
		m.fatalf("conn %d: Post reported %t after %d Close callbacks", m.id, ok, m.closed)
	}
	if ok {
		m.posted++
	}
}

// checkPosts follows a Settle: what was posted to open connections has run.
func (s *sim) checkPosts() {
	for _, m := range s.conns {
		if m.conn != nil && m.closed == 0 && engine.StateOf(m.conn) == "open" && m.ran != m.posted {
			s.fatalf("conn %d: %d funcs were posted, %d ran", m.id, m.posted, m.ran)
		}
	}
	for i := range s.loopPosted {
		if s.loopRan[i] != s.loopPosted[i] {
			s.fatalf("loop %d: %d funcs were posted, %d ran", i, s.loopPosted[i], s.loopRan[i])
		}
	}
}

// stalePost posts to a connection that is gone. Its slot may have another by now.
func (s *sim) stalePost() {
	m := pick(s, s.conns...)
	if m.closed == 0 {
		return
	}
	if m.ref.Post(func(*engine.Conn) { s.fatalf("conn %d: a func posted after its end runs", m.id) }) || m.ref.Send(frame.OpText, nil) {
		s.fatalf("conn %d: Post reported true after its end", m.id)
	}
}

// loopPost posts to a loop.
func (s *sim) loopPost() {
	i := s.r.IntN(s.s.Engine().Loops())
	n := s.loopPosted[i]
	s.loopPosted[i]++
	panics := s.chance(10)
	if !s.s.Engine().Loop(i).Post(func() {
		defer s.enter()()
		if n != s.loopRan[i] {
			s.fatalf("loop %d: func %d runs, %d is due", i, n, s.loopRan[i])
		}
		s.loopRan[i]++
		if panics {
			panic("the simulation panics in a posted func")
		}
	}) {
		s.fatalf("Post to loop %d reported false", i)
	}
}
