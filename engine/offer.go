package engine

import "github.com/weir-ws/weir/frame"

// Offer hands messages to the socket at once, as many as it takes, and returns how many those are. It is for a server that keeps what is not
// taken, such as the latest values for a slow reader, and sends many: a message costs no more than the copy of its bytes, and but
// the rest of one waits in the connection. When not all were taken, Drain says when to offer the others.
//
// What was accepted before goes first; Drain may run then, inside Offer. Nothing is taken while some of that is left, or
// when the connection is closing.
func (c *Conn) Offer(ms []*frame.Message) (taken int) {
	l := c.loop
	l.owner.check()
	if c.flags&(flagPrivate|flagTLS) != 0 { // what was compressed or encrypted cannot be offered a second time
		for taken < len(ms) {
			if o := c.SendUnder(PolicyRefuse, ms[taken]); o == Dropped || o == Closed {
				break
			}
			taken++
		}
		return taken
	}
	if c.state == stateOpen && c.back == nil && c.hasUnsent() {
		c.flush()
	}
	for c.state == stateOpen && taken < len(ms) {
		if c.hasUnsent() {
			c.flags |= flagCongested
			break
		}
		n := c.offer(ms[taken:])
		if n == 0 {
			break
		}
		taken += n
	}
	l.accepted += uint64(taken)
	return taken
}

// offer is Offer for a connection with nothing unsent, and one write. What has begun to go out becomes a backlog, or
// the message after that, so that the socket is tried again.
func (c *Conn) offer(ms []*frame.Message) (taken int) {
	l := c.loop
	b := l.offered[:0]
	for _, m := range ms {
		if !mayBeSent(m) {
			break
		}
		w := c.wireOf(m)
		if len(b) > 0 && len(b)+len(w) > coalesceLimit {
			break
		}
		b = append(b, w...)
		taken++
	}
	if l.offered = b; cap(b) > 2*coalesceLimit {
		l.offered = nil // one large message does not stay for ever
	}
	if taken == 0 {
		return 0
	}
	wrote, err := c.socket().Write(b)
	l.stats.writes.Add(1)
	l.stats.bytesOut.Add(uint64(wrote))
	if err != nil {
		c.lost(err)
		return 0
	}
	if wrote == len(b) {
		return taken
	}
	at := 0
	for i, m := range ms[:taken] {
		w := c.wireOf(m)
		if at += len(w); at <= wrote {
			continue
		}
		taken = i + 1
		back := c.fall()
		back.push(w)
		back.advance(len(w) - (at - wrote))
		if wrote < retryWorth {
			back.wait = retryMid
			back.retry = l.now + back.wait
		}
		c.noteLevel() // one message may be more than the high watermark
		c.waits()
		break
	}
	return taken
}
