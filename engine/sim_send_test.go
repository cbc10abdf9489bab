package engine_test

import (
	"bytes"
	"fmt"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// closeConn calls Conn.Close.
func (m *simConn) closeConn(c *engine.Conn, code frame.Status, reason string) {
	open := engine.StateOf(c) == "open"
	c.Close(code, reason)
	if !open {
		return
	}
	m.logf("conn %d: Close called with %d", m.id, code)
	if !code.Sendable() {
		code = frame.StatusNormal
	}
	m.decide(code, false)
	m.accepted += len(frame.NewMessage(frame.OpClose, frame.AppendClose(nil, code, reason)).Wire())
	m.check()
}

// send sends a message, shared if it is not nil, and judges the outcome.
func (m *simConn) send(c *engine.Conn, size int, shared *frame.Message) {
	msg := shared
	if msg == nil {
		p := []byte(fmt.Sprintf("%d,%d|", m.id, m.next()))
		msg = frame.NewMessage(frame.OpBinary, append(p, bytes.Repeat([]byte{'s'}, size)...))
	}
	m.attempt(c, msg, func() engine.Outcome {
		if shared == nil && m.chance(60) {
			p := bytes.Clone(msg.Payload())
			o := c.Send(frame.OpBinary, p)
			clear(p) // Send has copied it
			return o
		}
		return c.SendMessage(msg)
	})
}

// sendShared sends what other connections are sent too, at once if the engine takes it so.
func (m *simConn) sendShared(c *engine.Conn, run *frame.Run, together bool) {
	if together {
		m.check()
		before, hindered := c.Buffered(), engine.Backlogged(c) || engine.StateOf(c) != "open"
		taken := c.SendRun(run)
		m.logf("conn %d: a run of %d messages, %d bytes at %d: %v", m.id, len(run.Messages()), run.Size(), before, taken)
		if !taken {
			if c.Buffered() != before {
				m.fatalf("conn %d: a run that was refused changed Buffered from %d to %d", m.id, before, c.Buffered())
			}
			if !hindered && before == 0 && run.Size() <= m.cfg.HighWatermark && run.Size() <= 64<<10 {
				m.fatalf("conn %d: a run of %d bytes was refused although nothing waits", m.id, run.Size())
			}
		} else {
			if hindered || c.Buffered() != before+run.Size() {
				m.fatalf("conn %d: a run was taken at %d, now %d", m.id, before, c.Buffered())
			}
			m.accepted += run.Size()
			for _, msg := range run.Messages() {
				m.want = append(m.want, msg.Wire())
			}
			m.check()
			return
		}
	}
	for _, msg := range run.Messages() {
		if c == m.conn && m.closed == 0 {
			m.send(c, 0, msg)
		}
	}
}

func (m *simConn) sendPing(c *engine.Conn) {
	p := []byte(fmt.Sprintf("%d", m.next()))
	m.attempt(c, frame.NewMessage(frame.OpPing, p), func() engine.Outcome { return c.Send(frame.OpPing, p) })
	if o := c.Send(frame.OpClose, nil); o != engine.Dropped {
		m.fatalf("conn %d: Send of a close frame returned %v", m.id, o)
	}
}

func (m *simConn) attempt(c *engine.Conn, msg *frame.Message, send func() engine.Outcome) {
	m.check()
	before, full, state := c.Buffered(), engine.Backlogged(c), engine.StateOf(c)
	o := send()
	m.logf("conn %d: send of %d bytes at %d: %v, now %d", m.id, msg.Len(), before, o, c.Buffered())
	over := before > 0 && before+msg.Len()+frame.MaxHeaderSize > m.cfg.HardLimit
	switch o {
	case engine.Sent, engine.Queued:
		if state != "open" || full && (before >= m.cfg.HighWatermark || before > 0 && before+msg.Len() > m.cfg.HardLimit) {
			m.fatalf("conn %d: accepted in state %s at %d", m.id, state, before)
		}
		if (o == engine.Queued) != engine.Backlogged(c) {
			m.fatalf("conn %d: %v with a backlog %t", m.id, o, engine.Backlogged(c))
		}
		m.accepted += msg.Len()
		m.want = append(m.want, msg.Wire())
	case engine.Dropped:
		if state != "open" || m.policy != engine.PolicyDrop || c.Buffered() < m.cfg.HighWatermark {
			m.fatalf("conn %d: dropped in state %s at %d, policy %v", m.id, state, c.Buffered(), m.policy)
		}
		m.congested = true
	case engine.Closed:
		switch now := engine.StateOf(c); {
		case state != "open":
		case now == "done":
			if !m.armed {
				m.fatalf("conn %d: done in a send", m.id)
			}
		case m.policy == engine.PolicyDisconnect && before >= m.cfg.HighWatermark, over:
			m.failed = true
			m.decide(frame.StatusTryAgainLater, false)
		default:
			m.fatalf("conn %d: a send at %d of %d ended it", m.id, before, m.cfg.HardLimit)
		}
	}
	m.check()
}
