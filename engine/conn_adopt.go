package engine

// adopt goes on where Engine.Upgrade has left off: the connection is open with the 101 answer, and the bytes
// that came behind the request are frames. Called when the socket has just been opened on the loop.
func (c *Conn) adopt(a *adoption) {
	l := c.loop
	l.reply.begin(c)
	l.reply.buf = append(l.reply.buf, a.answer...)
	c.opens(a.accept)
	if c.state == stateOpen || c.state == stateClosing {
		l.stats.bytesIn.Add(uint64(len(a.rest)))
		c.frames(a.rest)
	}
	l.reply.end()
	l.endOfRead()
}
