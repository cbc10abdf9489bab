package engine

import "github.com/weir-ws/weir/frame"

// SendRun sends the messages of r, all of them, or none: it returns false where they do not go out alike, because the
// connection is closing, its peer is slow, it compresses for itself, or they are too many for one write. Then send them
// one by one; each has its Outcome. The outcome of a run that was taken is Sent for every message.
//
// The first of the connections on a loop that stand alike pays for each message, the others for the run.
func (c *Conn) SendRun(r *frame.Run) bool {
	l := c.loop
	l.owner.check()
	if !c.unhindered() {
		return false
	}
	p := c.tail()
	if p.size+r.Size() > l.e.turnLimit {
		return false
	}
	end := l.chains.extendRun(p, r)
	if end == nil {
		return false
	}
	c.put(end, len(r.Messages()))
	return true
}

// unhindered tells whether what is sent now goes straight onto a chain: the connection is open, its socket is not
// full, no replies stand before it, and it gets what others get.
func (c *Conn) unhindered() bool {
	r := &c.loop.reply
	return c.state == stateOpen && c.back == nil && (r.conn != c || len(r.buf) == 0) && c.flags&flagPrivate == 0
}

// tail is the end of what the connection has to write in this turn.
func (c *Conn) tail() *chain {
	if c.run != nil {
		return c.run
	}
	if c.flags&flagShared != 0 {
		return &c.loop.roots[frame.Deflated]
	}
	return &c.loop.roots[frame.Plain]
}

// put moves the connection on to n, the end of a chain that begins with its tail and is count messages longer.
func (c *Conn) put(n *chain, count int) {
	l := c.loop
	c.run = n
	l.accepted += uint64(count)
	if c.flags&(flagDirty|flagUnsent) != flagDirty|flagUnsent {
		l.markDirty(c)
		c.waits()
	}
}
