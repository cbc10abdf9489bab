package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// verdict is what ends a connection.
type verdict struct {
	code   frame.Status
	remote bool
}

// simConn is one connection, its client, and the model of both.
type simConn struct {
	*sim
	id             int
	client         *enginetest.Client
	conn           *engine.Conn // nil before Open
	ref            engine.Ref
	opened, closed int
	numbers        int // for payloads that occur once
	refused        bool
	settled        bool // nothing can happen any more

	// The way out.
	accepted  int      // wire bytes that the engine has accepted, its own frames included
	want      [][]byte // accepted frames that the client has not seen
	pong      []byte   // the pong that waits behind the backlog
	pongHeld  bool
	pinged    bool // the heartbeat's ping is counted
	congested bool // Drain is owed
	mayDrain  bool
	policy    engine.SlowPolicy
	took      uint64
	wasFull   bool
	freeSince time.Duration // when the socket was last made to take everything, or never
	lastTake  time.Duration // latest and
	tookAfter time.Duration // earliest time when the socket took something, or became full

	// The end.
	verdict     *verdict // what decided it; exact runs know
	allowed     map[frame.Status]bool
	failed      bool // what had not begun to go out may never
	armed       bool // a write was told to fail
	ending      bool
	openAt      time.Duration // when it was last seen open
	endingSince time.Duration

	// The way in.
	input               []item
	inbound             [][]byte // messages that came whole and were not handled yet
	lastInput           time.Duration
	mid, inMessage      bool // the last read ended inside a frame; inside a message
	atStart             bool // of the next item
	left, sentClose     bool
	sentLast            bool
	reject              bool
	posted, ran         int
	got                 []byte
	answered, closeSeen bool
	pings               [][]byte
}

func (m *simConn) next() int { m.numbers++; return m.numbers }

func (m *simConn) decide(code frame.Status, remote bool) {
	m.allowed[code] = true
	if m.verdict == nil {
		m.logf("conn %d: will end with %d, remote %t", m.id, code, remote)
		m.verdict = &verdict{code, remote}
	}
}

// acceptedHead is the length of the 101 answer, the same for every client here.
var acceptedHead = len("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")

func (m *simConn) onOpen(c *engine.Conn) {
	defer m.enter()()
	m.logf("conn %d: Open", m.id)
	if m.opened++; m.opened > 1 || m.reject {
		m.fatalf("conn %d: Open ran %d times, reject %t", m.id, m.opened, m.reject)
	}
	m.conn, m.ref = c, c.Ref()
	m.accepted = acceptedHead
	m.check()
	if m.chance(20) {
		what, size := m.roll()
		m.app(c, what, size)
	}
}

func (m *simConn) onMessage(c *engine.Conn, op frame.Op, p []byte) {
	defer m.enter()()
	if len(m.inbound) == 0 || op != frame.OpText || !bytes.Equal(m.inbound[0], p) {
		m.fatalf("conn %d: Message got %s %.60q, sent were %.200q", m.id, op, p, m.inbound)
	}
	m.inbound = m.inbound[1:]
	if engine.StateOf(c) != "open" {
		m.fatalf("conn %d: Message in state %s", m.id, engine.StateOf(c))
	}
	m.check()
	var what byte
	var size int
	if _, err := fmt.Sscanf(string(p), "%c%d,", &what, &size); err != nil {
		m.fatalf("conn %d: Message got %q", m.id, p)
	}
	m.logf("conn %d: Message: %c %d", m.id, what, size)
	m.app(c, what, size)
}

func (m *simConn) onDrain(c *engine.Conn) {
	if m.depth > 0 {
		m.fatalf("conn %d: Drain inside another callback", m.id)
	}
	defer m.enter()()
	m.logf("conn %d: Drain at %d", m.id, c.Buffered())
	pong := 0 // one that has waited leaves just before
	if len(m.pings) > 0 {
		pong = 2 + frame.MaxControl
	}
	if !m.congested && !m.mayDrain || c.Buffered() > m.cfg.LowWatermark+pong || engine.StateOf(c) != "open" {
		m.fatalf("conn %d: Drain at %d of %d, owed %t, state %s", m.id, c.Buffered(), m.cfg.LowWatermark, m.congested, engine.StateOf(c))
	}
	m.congested, m.mayDrain = false, false
	m.check()
	for range m.r.IntN(4) {
		what, size := m.roll()
		m.app(c, what, size)
	}
}

func (m *simConn) onClose(c *engine.Conn, err error) {
	if m.depth > 0 {
		m.fatalf("conn %d: Close inside another callback", m.id)
	}
	defer m.enter()()
	m.logf("conn %d: Close: %v", m.id, err)
	if m.closed++; m.closed > 1 || m.opened != 1 {
		m.fatalf("conn %d: Close ran %d times, Open %d times", m.id, m.closed, m.opened)
	}
	var ce *engine.CloseError
	if !errors.As(err, &ce) {
		m.fatalf("conn %d: Close got %T", m.id, err)
	}
	now := m.s.Now()
	switch {
	case m.exact && m.verdict != nil:
		if ce.Code != m.verdict.code || ce.Remote != m.verdict.remote {
			m.fatalf("conn %d: Close got %d, remote %t; want %+v", m.id, ce.Code, ce.Remote, *m.verdict)
		}
	case errors.Is(err, engine.ErrWriteTimeout):
		// judged when it struck, see checkTime
	case errors.Is(err, engine.ErrPingTimeout):
		if m.cfg.DeadAfter < 0 || now-m.lastInput < m.cfg.DeadAfter-2*time.Millisecond {
			m.fatalf("conn %d: dead %v after the last input", m.id, now-m.lastInput)
		}
	case errors.Is(err, errInjected):
		if !m.armed {
			m.fatalf("conn %d: a write failed that was not told to", m.id)
		}
	case m.draining && ce.Code == m.cfg.DrainCode && !ce.Remote:
	case m.exact || !m.allowed[ce.Code]:
		m.fatalf("conn %d: Close got %v, and nothing is known that would end it", m.id, err)
	}
	if errors.Is(err, engine.ErrCloseTimeout) && now-m.openAt < m.cfg.CloseTimeout {
		m.fatalf("conn %d: reset %v after it was still open", m.id, now-m.openAt)
	}
	if errors.Is(err, engine.ErrCloseTimeout) && !m.client.GotReset() {
		m.fatalf("conn %d: no reset after an unanswered close frame", m.id)
	}
	if n := c.Buffered(); n != 0 {
		m.fatalf("conn %d: %d bytes buffered in Close", m.id, n)
	}
	if o := c.Send(frame.OpText, []byte("too late")); o != engine.Closed {
		m.fatalf("conn %d: Send in Close returned %v", m.id, o)
	}
	c.Close(frame.StatusNormal, "")
	if m.ref.Post(func(*engine.Conn) {}) {
		m.fatalf("conn %d: Post in Close reported true", m.id)
	}
	if m.chance(3) {
		panic("the simulation panics in Close")
	}
}

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
