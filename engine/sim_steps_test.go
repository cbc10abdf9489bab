package engine_test

import (
	"fmt"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// step does one random thing.
func (s *sim) step() {
	live := s.live()
	switch n := s.r.IntN(100); {
	case n < 6 && len(live) < 6 || len(live) == 0:
		s.dial()
	case n < 14:
		s.elapse(pick(s, 4*time.Millisecond, 4*time.Millisecond, 20*time.Millisecond, 100*time.Millisecond, 600*time.Millisecond, 3*time.Second))
	case n < 24:
		i := s.r.IntN(s.s.Engine().Loops())
		s.logf("turn of loop %d", i)
		s.s.Turn(i)
	case n < 28:
		s.logf("settle")
		s.s.Settle()
		s.checkPosts()
	case n < 30:
		s.stalePost()
	case n < 32:
		s.loopPost()
	default:
		pick(s, live...).step()
	}
}

// live are the connections whose client has something to do yet.
func (s *sim) live() (ms []*simConn) {
	for _, m := range s.conns {
		if !m.client.Closed() {
			ms = append(ms, m)
		}
	}
	return ms
}

func (s *sim) dial() {
	before := s.s.Engine().Stats().Conns
	m := &simConn{sim: s, id: len(s.conns), policy: s.cfg.Slow, allowed: map[frame.Status]bool{frame.StatusAbnormal: true}}
	m.client = s.s.DialLoop(s.r.IntN(s.s.Engine().Loops()))
	s.conns = append(s.conns, m)
	full := s.cfg.MaxConns > 0 && before >= int64(s.cfg.MaxConns)
	s.logf("conn %d: dialed to loop %d, refused %t", m.id, m.client.Loop(), m.client.Closed())
	if m.client.Closed() != full {
		s.fatalf("conn %d: refused %t with %d of %d connections", m.id, !full, before, s.cfg.MaxConns)
	}
	if full {
		m.refused, m.settled = true, true
		return
	}
	m.freeSince = s.s.Now()
	switch {
	case s.chance(60):
		m.squeeze()
	case s.chance(10):
		m.stall()
	}
	m.lastInput, m.lastTake, m.tookAfter = s.s.Now(), s.s.Now(), s.s.Now()
	m.reject = s.chance(5)
	query := ""
	if m.reject {
		query = "?no"
	}
	var headers []string
	if s.chance(50) {
		headers = append(headers, offerDeflate)
		m.packs = s.cfg.Compression.Enabled
	}
	m.queue(item{kind: itemHead, bytes: enginetest.Request(fmt.Sprintf("/%d%s", m.id, query), headers...)})
	if s.chance(85) {
		m.deliver(len(m.input[0].bytes))
	}
}

// squeeze gives the socket a random shape.
func (m *simConn) squeeze() {
	m.freeSince = never
	m.client.SetCapacity(pick(m.sim, -1, 1+m.r.IntN(50), 100+m.r.IntN(1000), 10_000))
	m.client.SetPerWrite(pick(m.sim, 0, 0, 1+m.r.IntN(10), 1+m.r.IntN(1000)))
}

func (m *simConn) stall() {
	m.logf("conn %d: stall", m.id)
	m.freeSince = never
	m.client.Stall()
}

// free makes the socket take everything from now on.
func (m *simConn) free() {
	m.client.Unstall()
	m.client.SetPerWrite(0)
	m.client.SetCapacity(-1)
	if m.freeSince == never {
		m.freeSince = m.s.Now()
	}
}

const never = time.Duration(-1)

// step does something to, or at the other end of, one connection.
func (m *simConn) step() {
	switch n := m.r.IntN(100); {
	case n < 22:
		m.clientMessage()
	case n < 46:
		m.deliver(pick(m.sim, 1, 1+m.r.IntN(20), 1+m.r.IntN(400), 1<<20))
	case n < 62:
		m.readAll()
		m.logf("conn %d: client read", m.id)
	case n < 66:
		m.stall()
	case n < 71:
		m.logf("conn %d: unstall", m.id)
		m.client.Unstall()
		if m.chance(20) {
			m.free()
		}
	case n < 74:
		m.squeeze()
		m.logf("conn %d: another squeeze", m.id)
	case n < 75:
		if m.chance(30) {
			m.logf("conn %d: the next write fails", m.id)
			m.armed = true
			m.client.FailNextWrite(errInjected)
		}
	case n < 78:
		m.clientPing()
	case n < 80:
		if m.chance(40) {
			m.clientClose()
		}
	case n < 81:
		m.clientGarbage()
	case n < 82:
		if m.chance(50) {
			m.leave()
		}
	case n < 83:
		if m.closeSeen {
			m.answerClose()
		}
	default:
		m.post()
	}
}

// leave ends the connection from the client's side, in the middle of whatever there is.
func (m *simConn) leave() {
	reset := m.chance(50)
	m.logf("conn %d: client leaves, reset %t", m.id, reset)
	if m.conn != nil && engine.StateOf(m.conn) == "open" {
		m.decide(frame.StatusAbnormal, !reset)
	}
	m.left = true
	if reset {
		m.client.Reset()
	} else {
		m.client.CloseWrite()
	}
}

// answerClose answers the server's close frame and leaves, as a good client does.
func (m *simConn) answerClose() {
	if m.left {
		return
	}
	m.logf("conn %d: client answers the close frame", m.id)
	if !m.sentClose && m.chance(70) && len(m.input) == 0 {
		m.client.Send(frame.OpClose, nil)
		m.sentClose = true
	}
	if m.chance(60) {
		m.leave()
	}
}
