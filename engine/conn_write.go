package engine

import "time"

const (
	// A full socket is tried again after retryMin, then twice as long each time it takes nothing, to
	// retryMax. The pause is short against a round trip and the longest is short against a person.
	retryMin = int64(4 * time.Millisecond)
	retryMax = int64(128 * time.Millisecond)

	// A socket that took less than retryWorth of what was offered has much to send meanwhile, and each try
	// is a system call or two: the next is after retryMid.
	retryWorth = 16 << 10
	retryMid   = int64(16 * time.Millisecond)
)

// flush hands to the socket what it takes, in the order of acceptance: the backlog,
// this turn's run, the replies to the current read.
func (c *Conn) flush() {
	if c.back != nil {
		c.retry()
		return
	}
	if c.run != nil {
		c.writeRun()
	}
	if r := &c.loop.reply; r.conn == c && len(r.buf) > 0 && c.state != stateDone {
		c.writeReplies(r)
	}
	c.settle(c.state == stateDone)
}

// writeRun writes this turn's run; what the socket does not take becomes the backlog.
func (c *Conn) writeRun() {
	l, n := c.loop, c.run
	var wrote int
	var err error
	switch {
	case n.count == 1:
		wrote, err = c.socket().Write(n.wire)
	case n.copies():
		wrote, err = c.socket().Write(n.bytes(&l.chains))
	default:
		l.iov = n.frames(l.iov[:0])
		wrote, err = c.writeVector(l.iov)
		l.forget()
	}
	c.run = nil
	l.stats.writes.Add(1)
	l.stats.bytesOut.Add(uint64(wrote))
	if err != nil {
		c.lost(err)
		return
	}
	if wrote < n.size {
		b := c.fall()
		l.iov = n.frames(l.iov[:0])
		for _, w := range l.iov {
			b.push(w)
		}
		l.forget()
		b.advance(wrote)
		c.noteLevel()
	}
}

// forget lets go of the frames in the vector, and of a vector that one long run has grown.
func (l *Loop) forget() {
	clear(l.iov)
	l.iov = l.iov[:0]
	if cap(l.iov) > 8*maxIovec {
		l.iov = nil
	}
}

// writeVector writes all of v in as many writev calls as the system's limit asks for.
func (c *Conn) writeVector(v [][]byte) (wrote int, err error) {
	for len(v) > 0 {
		part := v[:min(len(v), maxIovec)]
		want := 0
		for _, b := range part {
			want += len(b)
		}
		n, err := c.socket().Writev(part)
		wrote += n
		if err != nil || n < want {
			return wrote, err
		}
		v = v[len(part):]
	}
	return wrote, nil
}

func (c *Conn) writeReplies(r *replyBuffer) {
	l := c.loop
	wrote := 0
	if c.back == nil {
		var err error
		wrote, err = c.socket().Write(r.buf)
		l.stats.writes.Add(1)
		l.stats.bytesOut.Add(uint64(wrote))
		if err != nil {
			c.lost(err)
			r.drop()
			return
		}
	}
	if rest := r.buf[wrote:]; len(rest) > 0 {
		b := c.fall()
		if b.size == 0 {
			// Part of a frame cannot be taken back, nor can an HTTP answer, which no frame begins like
			// (RFC 6455 5.2: ours have FIN set): whatever follows would be read as part of it.
			b.begun = wrote > 0 || rest[0] == 'H'
		}
		b.push(append([]byte(nil), rest...))
		c.noteLevel()
	}
	r.drop()
}

// fall gives the connection a backlog: its socket is full.
func (c *Conn) fall() *backlog {
	if c.back == nil {
		l := c.loop
		c.back = &backlog{stalled: l.now, retry: l.now + retryMin, wait: retryMin}
		if c.flags&flagSlow == 0 {
			c.flags |= flagSlow
			l.slow = append(l.slow, c)
			l.quicken()
		}
	}
	return c.back
}

// retry writes from the backlog until the socket is full again or nothing is left.
func (c *Conn) retry() {
	l, b := c.loop, c.back
	for b.size > 0 {
		v := b.vector(l.iov[:0])
		want := 0
		for _, w := range v {
			want += len(w)
		}
		n, err := c.socket().Writev(v)
		clear(v)
		l.iov = v[:0]
		l.stats.writes.Add(1)
		l.stats.bytesOut.Add(uint64(n))
		if err != nil {
			c.lost(err)
			return
		}
		b.advance(n)
		if n > 0 {
			b.stalled, b.wait = l.now, retryMin
		} else {
			b.wait = min(2*b.wait, retryMax)
		}
		if n < want {
			b.retry = l.now + b.wait
			break
		}
	}
	if b.size == 0 {
		c.back = nil
	}
	c.settle(false)
}

// settle follows up on a change of what is unsent: the loop's count, Drain at the low
// watermark, the end of a closing connection.
func (c *Conn) settle(gone bool) {
	l := c.loop
	if gone {
		c.run, c.back = nil, nil
	}
	if c.flags&flagUnsent != 0 && !c.hasUnsent() {
		c.flags &^= flagUnsent
		l.unsent--
	}
	if gone {
		return
	}
	// Decided before the pong, which a low mark of a few bytes would take for a level that has not fallen: Drain
	// would then come with the next flush, which may be inside a Send.
	low := c.buffered() <= l.e.cfg.LowWatermark
	if p := c.takePong(); p != nil {
		c.pong(p)
	}
	if low && c.flags&flagCongested != 0 && c.state == stateOpen {
		c.flags &^= flagCongested | flagDropping
		c.callDrain()
	}
	if c.state == stateLinger && c.flags&flagFin == 0 && !c.hasUnsent() {
		c.flags |= flagFin
		if err := c.socket().CloseWrite(); err != nil {
			c.lost(err)
		}
	}
}

// takePong returns the pong that waits, once nothing else does.
func (c *Conn) takePong() []byte {
	if c.rare == nil || c.rare.pong == nil || c.back != nil || c.state != stateOpen {
		return nil
	}
	p := c.rare.pong
	c.rare.pong = nil
	return p
}
