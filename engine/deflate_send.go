package engine

import "github.com/weir-ws/weir/frame"

// append compresses p to the end of dst.
func (z *codec) append(dst, p, window []byte, bits uint8) []byte {
	z.loop.stats.deflations.Add(1)
	return z.deflate().Append(dst, p, window, int(bits))
}

func (z *codec) deflate() *frame.Deflater {
	if z.deflater == nil {
		z.deflater = frame.NewDeflater(z.loop.e.cfg.Compression.Level)
	}
	return z.deflater
}

// build makes the shared form of m, for Message.WireAs: whichever loop needs it first makes it for all, and another one that
// comes meanwhile waits, which takes no longer than doing the same again.
func (z *codec) build(m *frame.Message) []byte {
	if len(m.Payload()) < z.threshold || !m.Op().IsData() {
		return nil
	}
	z.loop.stats.deflations.Add(1)
	return z.deflate().Frame(m, frame.MaxWindowBits)
}

// shared returns the bytes of m for the connections of flagShared.
func (z *codec) shared(m *frame.Message) []byte {
	if !m.Op().IsData() {
		return m.Wire()
	}
	return m.WireAs(frame.Deflated, z.build)
}

// wireOf returns the bytes of an accepted message as this connection gets them.
func (c *Conn) wireOf(m *frame.Message) []byte {
	if c.flags&flagShared != 0 {
		return c.loop.codec.shared(m)
	}
	return m.Wire()
}

// encode returns m in the form for a connection of flagPrivate, or m itself if that does not pay. It must be called once
// for each message and in their order, and what it returns must be sent: with context takeover it moves the window.
func (c *Conn) encode(m *frame.Message) *frame.Message {
	z, w := c.loop.codec, c.rare.windows
	p := m.Payload()
	if !m.Op().IsData() || len(p) < z.threshold {
		return m
	}
	if w.serverKeeps {
		return c.packed(m, z.pack(p, w))
	}
	// The same for every connection with this window, so a fan-out compresses once per loop and size of window.
	k := cast{m, w.serverBits}
	if made := z.casts[k]; made != nil {
		return made
	}
	if len(z.casts) >= castsKept {
		clear(z.casts)
	}
	if z.casts == nil {
		z.casts = map[cast]*frame.Message{}
	}
	made := c.packed(m, z.pack(p, w))
	z.casts[k] = made
	return made
}

func (c *Conn) packed(m *frame.Message, packed []byte) *frame.Message {
	if packed == nil {
		return m
	}
	return frame.NewCompressed(m.Op(), packed)
}

// pack compresses p for a connection with these windows (nil: flagShared); nil if that does not pay. The result is good
// until the next call, and must then have been sent.
func (z *codec) pack(p []byte, w *windows) []byte {
	bits, window := uint8(frame.MaxWindowBits), []byte(nil)
	if w != nil {
		bits, window = w.serverBits, w.sent
	}
	z.packed = z.append(z.packed[:0], p, window, bits)
	packed := z.packed
	if cap(z.packed) > 4*coalesceLimit {
		z.packed = nil
	}
	if len(packed) >= len(p) {
		return nil
	}
	if w != nil && w.serverKeeps {
		w.sent = frame.SlideWindow(w.sent, p, 1<<bits)
	}
	return packed
}

// sendPacked is Send for a connection with compression and a message at or above the threshold.
func (c *Conn) sendPacked(op frame.Op, p []byte) Outcome {
	z := c.loop.codec
	if o, ok := c.admit(len(p) + frame.MaxHeaderSize); !ok {
		return o
	}
	var w *windows
	if c.flags&flagPrivate != 0 {
		w = c.rare.windows
	}
	h := frame.Header{Fin: true, RSV: frame.RSV1, Op: op}
	packed := z.pack(p, w)
	if packed == nil {
		h.RSV, packed = 0, p
	}
	h.Length = int64(len(packed))
	r := &c.loop.reply
	if r.conn == c && c.back == nil && len(packed) <= coalesceLimit/2 {
		r.buf = append(frame.AppendHeader(r.buf, h), packed...)
		c.sent()
		if len(r.buf) >= coalesceLimit {
			c.flush()
		}
		return c.outcome()
	}
	if h.RSV == 0 {
		return c.push(frame.NewUncompressed(op, p))
	}
	return c.push(frame.NewCompressed(op, packed))
}
