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

	packs  bool   // compression was agreed on: the client may compress
	window []byte // what its compressed messages may refer to

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
	if m.packs {
		m.accepted += len("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n")
		if !m.cfg.Compression.ClientContextTakeover {
			m.accepted += len("; client_no_context_takeover")
		}
	}
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
