package engine_test

import (
	"errors"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// sync notes what the engine has sent of its own accord: it does so at times that only it knows.
func (m *simConn) sync() {
	c := m.conn
	if m.pongHeld && !engine.PongWaits(c) {
		m.pongHeld = false
		m.accepted += len(frame.NewMessage(frame.OpPong, m.pong).Wire())
	}
	if !m.pinged && engine.Pinged(c) {
		m.pinged = true
		m.accepted += 2
	}
	if m.draining && engine.StateOf(c) == "closing" && (m.verdict == nil || !m.exact) {
		m.decide(m.cfg.DrainCode, false)
		reason := "server is going away"
		if m.cfg.DrainCode == frame.StatusServiceRestart {
			reason = "server is restarting"
		}
		m.accepted += len(frame.NewMessage(frame.OpClose, frame.AppendClose(nil, m.cfg.DrainCode, reason)).Wire())
	}
}

// check compares the connection with its model.
func (m *simConn) check() {
	c := m.conn
	if c == nil || m.closed > 0 {
		return
	}
	state := engine.StateOf(c)
	if state != "open" && state != "closing" {
		return
	}
	m.sync()
	n := c.Buffered()
	if want := m.accepted - int(m.client.Received()); m.exact && n != want {
		m.fatalf("conn %d: Buffered is %d, want %d (%d accepted)", m.id, n, want, m.accepted)
	}
	if state != "open" {
		return
	}
	if n >= m.cfg.HighWatermark && engine.Backlogged(c) {
		m.congested = true
	}
	if n >= m.cfg.HighWatermark {
		m.mayDrain = true // the socket may take it all before it says that it is full
	}
	if m.depth > 0 {
		return
	}
	// Between steps nothing waits but for a full socket, or for the turn that the loop is to have.
	due := m.s.Due(c.Loop().Index())
	if !engine.Backlogged(c) && n != 0 && !due {
		m.fatalf("conn %d: %d bytes buffered, and the socket was not full", m.id, n)
	}
	if m.congested && n <= m.cfg.LowWatermark && !due {
		m.fatalf("conn %d: at %d of %d, and no Drain came", m.id, n, m.cfg.LowWatermark)
	}
	if m.exact && n == 0 && m.client.Pending() == 0 && len(m.got) == 0 && m.answered && len(m.want) > 0 {
		m.fatalf("conn %d: drained, but the client lacks %d messages", m.id, len(m.want))
	}
}

// checkTime checks, between steps, that time-outs strike when they must and no sooner. The model looks only after
// each step, so of a moment inside one it knows an earliest and a latest time.
func (m *simConn) checkTime(before, now time.Duration) {
	c := m.conn
	if c == nil || m.closed > 0 {
		m.settled = m.client.Closed()
		m.lastTake = now
		return
	}
	tookBy := m.lastTake
	full := engine.Backlogged(c)
	if r := m.client.Received(); r != m.took || !full || !m.wasFull {
		m.took, m.lastTake, m.tookAfter = r, now, before
	} else {
		tookBy = m.tookAfter
	}
	if !m.wasFull {
		tookBy = before
	}
	m.wasFull = full
	// A full socket is tried again after 128 ms at the latest.
	if m.freeSince != never && now-m.freeSince > 150*time.Millisecond && full && !m.s.Due(c.Loop().Index()) {
		m.fatalf("conn %d: has a backlog, although the socket takes everything for %v", m.id, now-m.freeSince)
	}
	switch state := engine.StateOf(c); state {
	case "open":
		m.openAt = now
		if h := engine.HoldsDecoder(c); h != (m.mid || m.inMessage) {
			m.fatalf("conn %d: holds a decoder %t; inside a frame %t, inside a message %t", m.id, h, m.mid, m.inMessage)
		}
		if t := m.cfg.WriteTimeout; t > 0 && full && now-m.lastTake > t {
			m.fatalf("conn %d: takes nothing for %v and is still open", m.id, now-m.lastTake)
		}
		if t := m.cfg.DeadAfter; t > 0 && now-m.lastInput > 2*t {
			m.fatalf("conn %d: silent for %v and still open", m.id, now-m.lastInput)
		}
	case "done":
		m.fatalf("conn %d: done between steps, and no Close came", m.id)
	default:
		if !m.ending {
			m.ending, m.endingSince = true, now
		}
		if m.verdict == nil && m.exact {
			if t := m.cfg.WriteTimeout; t < 0 || now-tookBy < t {
				m.fatalf("conn %d: ends in state %s, %v after its peer took something, and nothing is known that would end it: %v",
					m.id, state, now-tookBy, engine.CloseReason(c))
			}
			m.decide(frame.StatusTryAgainLater, false)
		}
		if errors.Is(engine.CloseReason(c), engine.ErrWriteTimeout) {
			m.failed = true
			m.allowed[frame.StatusTryAgainLater] = true
		}
		if now-m.endingSince > m.cfg.CloseTimeout {
			m.fatalf("conn %d: in state %s for %v", m.id, state, now-m.endingSince)
		}
	}
}

// checkEnd is the last judgement: everything has ended.
func (m *simConn) checkEnd() {
	if m.opened != m.closed {
		m.fatalf("conn %d: Open ran %d times, Close %d times", m.id, m.opened, m.closed)
	}
	if !m.client.Closed() {
		m.fatalf("conn %d: the socket was never closed", m.id)
	}
}
