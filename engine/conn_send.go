package engine

import (
	"github.com/weir-ws/weir/frame"
)

// Outcome says what became of a message. The values are those of hub.Outcome.
type Outcome uint8

const (
	// Sent: on its way; it leaves with the write that ends this turn, or has left.
	Sent Outcome = iota
	// Queued: the peer's socket is full; the message waits behind others.
	Queued
	// Dropped: refused, because Buffered is at or above the high watermark and the policy
	// is PolicyDrop. The peer will not get it.
	Dropped
	// Closed: refused, because the connection is closing or closed.
	Closed
)

// String returns the outcome's name in lower case.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

var outcomeNames = [...]string{"sent", "queued", "dropped", "closed"}

// Send sends one message and copies p. op is frame.OpText or frame.OpBinary; text must be
// valid UTF-8, which is not checked. frame.OpPing with up to 125 bytes is allowed too; other
// opcodes are refused with Dropped.
func (c *Conn) Send(op frame.Op, p []byte) Outcome {
	c.loop.owner.check()
	if !sendable(op, len(p)) {
		return Dropped
	}
	if c.flags&(flagShared|flagPrivate) != 0 && len(p) >= c.loop.codec.threshold && op.IsData() {
		return c.sendPacked(op, p)
	}
	if c.loop.reply.conn != c || c.back != nil || len(p) > coalesceLimit/2 {
		return c.SendMessage(frame.NewMessage(op, p))
	}
	h := frame.Header{Fin: true, Op: op, Length: int64(len(p))}
	r := &c.loop.reply
	if c.run != nil || c.state != stateOpen || len(r.buf)+len(p)+frame.MaxHeaderSize > c.loop.e.turnLimit { // else there is room
		if o, ok := c.admit(len(p) + frame.MaxHeaderSize); !ok {
			return o
		}
		if c.back != nil { // admit made room and found the socket full
			return c.enqueue(frame.NewMessage(op, p))
		}
	}
	r.buf = append(frame.AppendHeader(r.buf, h), p...)
	c.sent()
	if len(r.buf) >= coalesceLimit {
		c.flush()
	}
	return c.outcome()
}

// sendable tells what an application may send: a close frame of its own would leave the engine in a state that
// RFC 6455 5.5.1 forbids, and a fragment would need the rest of its message behind it.
func sendable(op frame.Op, n int) bool {
	return op.IsData() || op == frame.OpPing && n <= frame.MaxControl
}

// mayBeSent is sendable for a message, whose length NewMessage has checked.
func mayBeSent(m *frame.Message) bool { return m.Op().IsData() || m.Op() == frame.OpPing }

// SendMessage sends a message that was encoded before and may be shared with any number of
// other connections. Its bytes are not copied unless it is small enough to
// be written together with others. Opcodes are as for Send.
func (c *Conn) SendMessage(m *frame.Message) Outcome {
	l := c.loop
	l.owner.check()
	if !mayBeSent(m) {
		return Dropped
	}
	if c.unhindered() { // the way of a fan-out: what follows is for the rest
		// A compressed form is never longer than the plain one.
		if p := c.tail(); p.size+m.Len() <= l.e.turnLimit {
			c.put(l.chains.extend(p, m), 1)
			return Sent
		}
	}
	if o, ok := c.admit(len(c.wireOf(m))); !ok {
		return o
	}
	return c.enqueue(m)
}

// Buffered returns the bytes that were accepted and not yet handed to the kernel: what
// browsers call bufferedAmount, frame headers included.
func (c *Conn) Buffered() int {
	c.loop.owner.check()
	return c.buffered()
}

func (c *Conn) buffered() int {
	n := 0
	if c.run != nil {
		n += c.run.size
	}
	if c.back != nil {
		n += c.back.size
	}
	if c.loop.reply.conn == c {
		n += len(c.loop.reply.buf)
	}
	return n
}

func (c *Conn) hasUnsent() bool {
	return c.run != nil || c.back != nil || c.loop.reply.conn == c && len(c.loop.reply.buf) > 0
}

// admit decides whether a message of size bytes is accepted. What only waits for the end of the turn
// is written first where it would count against a peer that is keeping up.
func (c *Conn) admit(size int) (Outcome, bool) { return c.admitUnder(c.policy(), size) }

// admitUnder is admit with a policy for one message.
func (c *Conn) admitUnder(p SlowPolicy, size int) (Outcome, bool) {
	if c.state != stateOpen {
		return Closed, false
	}
	cfg := &c.loop.e.cfg
	n := c.buffered()
	if n > 0 && n+size > c.loop.e.turnLimit && c.back == nil {
		c.flush()
		if c.state != stateOpen {
			return Closed, false
		}
		n = c.buffered()
	}
	if n >= cfg.HighWatermark {
		c.flags |= flagCongested
		switch p {
		case PolicyQueue:
		case PolicyDisconnect:
			c.tooSlow(ReasonSlowPolicy, ErrSlowConsumer)
			return Closed, false
		case PolicyRefuse:
			return Dropped, false
		default:
			c.countDrop()
			return Dropped, false
		}
	}
	if n > 0 && n+size > cfg.HardLimit {
		c.tooSlow(ReasonHardLimit, ErrSlowConsumer)
		return Closed, false
	}
	return Sent, true
}

func (c *Conn) countDrop() {
	s := &c.loop.stats
	s.dropped.Add(1)
	if c.flags&flagDropping == 0 {
		c.flags |= flagDropping
		s.slowDropped.Add(1)
	}
}

// enqueue puts an accepted message behind everything accepted before.
func (c *Conn) enqueue(m *frame.Message) Outcome {
	if c.flags&flagPrivate != 0 {
		m = c.encode(m)
	}
	return c.push(m)
}

// push is enqueue for a message that is in the connection's own form already, if it has one.
func (c *Conn) push(m *frame.Message) Outcome {
	l := c.loop
	r := &l.reply
	wire := c.wireOf(m)
	replies := r.conn == c && len(r.buf) > 0
	if replies && len(wire) > coalesceLimit/2 {
		c.flush()                               // order: the replies stand before m
		replies = r.conn == c && len(r.buf) > 0 // what a Drain has sent
	}
	switch {
	case c.back != nil:
		c.back.push(wire)
		c.noteLevel()
	case replies:
		r.buf = append(r.buf, wire...)
	default:
		c.put(l.chains.extend(c.tail(), m), 1)
		return c.outcome()
	}
	c.sent()
	return c.outcome()
}

func (c *Conn) sent() {
	c.loop.accepted++
	c.waits()
}

// waits counts the connection as one with unsent bytes.
func (c *Conn) waits() {
	l := c.loop
	if c.flags&flagUnsent == 0 {
		c.flags |= flagUnsent
		l.unsent++
	}
}

func (c *Conn) outcome() Outcome {
	switch {
	case c.state == stateDone:
		return Closed
	case c.back != nil:
		return Queued
	}
	return Sent
}

// noteLevel remembers that the high watermark was reached, so that Drain is owed.
func (c *Conn) noteLevel() {
	if c.back != nil && c.back.size >= c.loop.e.cfg.HighWatermark {
		c.flags |= flagCongested
	}
}

func (l *Loop) markDirty(c *Conn) {
	if c.flags&flagDirty == 0 {
		c.flags |= flagDirty
		l.dirty = append(l.dirty, c)
	}
}
