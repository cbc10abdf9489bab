package engine

import (
	"bytes"

	"github.com/weir-ws/weir/frame"
)

const (
	// nearIn and nearOut are how many bytes one read may have inflated at once, on the loop: compressed ones, and what comes of
	// them. The worst that can be made of 16 KiB, blocks that are all code tables and no data, takes 1.7 ms; 256 KiB
	// of output take 0.4 ms. What is beyond waits for its turn apart from the loop.
	nearIn, nearOut = 16 << 10, 256 << 10
	// A message that inflates to more than fairRatio times its size takes tokens from the flood bucket for the rest, one for
	// each bombToken bytes: many small bombs are a flood like many pings. Beyond nearLeast bytes it is inflated apart as well: 2 KB
	// that become 256 are seldom a message, and had the loop for 0.4 ms.
	fairRatio, bombToken, nearLeast = 20, 64 << 10, 16 << 10
)

// allow begins a read's allowance of inflating at once.
func (z *codec) allow() { z.inLeft, z.outLeft = nearIn, nearOut }

// share is how much of the allowance a message of in compressed bytes may take.
func (z *codec) share(in int) int { return min(z.outLeft, max(nearLeast, fairRatio*in)) }

// clientWindow is what the peer's compressed messages may refer to.
func (c *Conn) clientWindow() []byte {
	if c.rare == nil || c.rare.windows == nil {
		return nil
	}
	return c.rare.windows.got
}

// inflate takes a compressed message: at once if it is small, or after those of other connections, one at a time.
func (c *Conn) inflate(ev frame.Event) {
	if c.state != stateOpen { // it would be of no use: see dispatch
		return
	}
	z, window := c.loop.codec, c.clientWindow()
	z.used = true
	c.loop.stir()
	if z.inLeft >= len(ev.Payload) && z.outLeft > 0 {
		z.inLeft -= len(ev.Payload)
		z.near.Start(ev.Op, ev.Payload, window, z.limits)
		if done, err := z.near.Step(z.share(len(ev.Payload))); done || err != nil {
			z.outLeft -= len(z.near.Message())
			z.loop.stats.inflatedNear.Add(1)
			c.inflated(ev.Op, &z.near, err, len(ev.Payload))
			return
		}
		// A large one after all, or a bomb: from the beginning, apart.
	}
	z.inLeft, z.outLeft = 0, 0
	j := &inflation{conn: c, op: ev.Op, payload: bytes.Clone(ev.Payload), window: window, limits: z.limits}
	c.more().inflating = &behind{job: j}
	c.flags |= flagInflating
	if z.line = append(z.line, j); len(z.line) == 1 {
		z.next()
	}
}

// inflated hands a message of in compressed bytes to the application, or closes for what was wrong with it.
func (c *Conn) inflated(op frame.Op, z *frame.Inflater, err error, in int) {
	if err != nil {
		c.violated(err, ReasonInflate)
		return
	}
	p := z.Message()
	if !c.chargeBomb(len(p) - fairRatio*in) {
		return
	}
	if c.rare != nil && c.rare.windows != nil && c.rare.windows.clientBits > 0 {
		w := c.rare.windows
		w.got = frame.SlideWindow(w.got, p, 1<<w.clientBits)
	}
	c.dispatch(frame.Event{Op: op, Payload: p})
}

// chargeBomb takes tokens for n bytes that came out of almost nothing, in parts of a token.
func (c *Conn) chargeBomb(n int) bool {
	const parts = bombToken / 1024
	e := c.loop.e
	if n <= 0 || e.floodEvery == 0 || c.flood.take(c.loop.now, max(1, e.floodEvery/parts), e.floodWindow, int64(n/1024)) {
		return true
	}
	c.loop.stats.note(ReasonInflate)
	c.fail(&CloseError{Code: frame.StatusPolicyViolation, Reason: "too many messages that inflate to many times their size"})
	return false
}
