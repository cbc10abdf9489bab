package engine

import (
	"runtime"
	"sync"

	"github.com/weir-ws/weir/frame"
)

const (
	// farStep is after how many bytes of output a message that is inflated apart lets other goroutines, loops first of all, go on.
	farStep = 64 << 10
	// behindLimit is how many bytes may wait behind a message that is being inflated before the loop does it itself, at
	// once: nothing can keep the peer from sending, so it is the loop's own slowness that has to.
	behindLimit = 64 << 10
)

// inflation is a compressed message that is inflated apart from the loop.
type inflation struct {
	conn    *Conn // nil: gone, or served already; only the loop looks
	op      frame.Op
	payload []byte
	window  []byte // the connection's, which does not change while a message of it is inflated
	limits  frame.InflateLimits

	once sync.Once
	z    *frame.Inflater // which has the result
	err  error
}

// behind is what a connection has while a message of it is inflated apart.
type behind struct {
	job   *inflation
	bytes []byte // what came behind the message
}

// work inflates with z, unless somebody is at it already, for whom it then waits. Any goroutine may call it.
func (j *inflation) work(z *frame.Inflater) {
	j.once.Do(func() {
		z.Start(j.op, j.payload, j.window, j.limits)
		for done := false; !done && j.err == nil; {
			done, j.err = z.Step(farStep)
			runtime.Gosched()
		}
		j.z = z
	})
}

// next begins with the first message in the line that is still to be inflated. A loop has one at a time, and with it one
// inflater and one large buffer, however many peers send bombs.
func (z *codec) next() {
	for len(z.line) > 0 && z.line[0].conn == nil {
		z.line[0] = nil
		z.line = z.line[1:]
	}
	if len(z.line) == 0 {
		z.line = nil
		return
	}
	j, l := z.line[0], z.loop
	l.host.apart(func() { j.work(&z.far) }, func() {
		if c := j.conn; c != nil {
			l.reply.begin(c)
			c.served(j)
			l.reply.end()
		}
		j.conn = nil
		z.next()
	})
}

// rest gives large buffers back when nothing was inflated since the last tick. Until then they are kept: a thousand bombs of
// 1 MiB, each into buffers of its own, made the 99th percentile of a healthy client's round trips 5 times the quiet one, by the
// collector's work alone; in kept ones it is 1.4 times.
func (z *codec) rest() {
	if z == nil {
		return
	}
	if !z.used && len(z.line) == 0 {
		z.near.Drop()
		z.far.Drop()
	}
	z.used = false
}

// served goes on with a connection whose message is inflated.
func (c *Conn) served(j *inflation) {
	rest := c.rare.inflating.bytes
	c.abandonInflation()
	if c.state == stateOpen {
		c.loop.stats.inflatedApart.Add(1)
		c.inflated(j.op, j.z, j.err, len(j.payload))
	}
	if c.state == stateOpen || c.state == stateClosing {
		c.frames(rest) // in which another one may have to wait, with what is behind it
	}
	c.loop.countReceived()
}

// abandonInflation parts the connection from the message that is being inflated for it.
func (c *Conn) abandonInflation() {
	if c.flags&flagInflating != 0 {
		c.flags &^= flagInflating
		c.rare.inflating.job.conn = nil
		c.rare.inflating = nil
		c.less()
	}
}

// wait keeps what came behind the message that is being inflated. p is copied.
func (c *Conn) wait(p []byte) {
	b := c.rare.inflating
	b.bytes = append(b.bytes, p...)
}

// behind takes a read while a message is being inflated.
func (c *Conn) behind(p []byte) {
	c.wait(p)
	for c.flags&flagInflating != 0 && len(c.rare.inflating.bytes) > behindLimit {
		c.hurry()
	}
}

// hurry inflates on the loop what was to be inflated apart, or waits for the goroutine that is at it.
func (c *Conn) hurry() {
	j := c.rare.inflating.job
	j.work(&c.loop.codec.near)
	c.served(j)
}

// catchUp handles everything that has arrived, for a host that is about to report the peer's FIN.
func (c *Conn) catchUp() {
	l := c.loop
	if c.flags&flagInflating == 0 {
		return
	}
	l.owner.enter()
	l.refresh()
	l.reply.begin(c)
	for c.flags&flagInflating != 0 && c.state != stateDone {
		c.hurry()
	}
	l.reply.end()
}
