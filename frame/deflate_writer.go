package frame

import (
	"github.com/klauspost/compress/flate"
)

// Deflater compresses messages for permessage-deflate. It keeps nothing of one message for the next, but working memory: 0.8
// MB at level 1, more at others, and another 1.5 MB for each of four sizes of smaller windows
// once they are asked for. So it is
// a thing to have one of per loop, never per connection. One goroutine at a time.
type Deflater struct {
	level int
	full  *flate.Writer // any distance; nil before the first use
	small [4]*flate.Writer
	sink  sink
	spare []byte // what Frame compresses into before it knows the size
}

// sink is what a flate.Writer writes to; it never fails.
type sink struct{ b []byte }

func (s *sink) Write(p []byte) (int, error) {
	s.b = append(s.b, p...)
	return len(p), nil
}

// NewDeflater returns a Deflater for a level from 1 (fastest) to 9 (smallest). Others panic.
func NewDeflater(level int) *Deflater {
	if level < 1 || level > 9 {
		panic("frame: a Deflater's level is 1 to 9")
	}
	return &Deflater{level: level}
}

// Append appends payload, compressed as the payload of a message with RSV1 (RFC 7692 7.2.1), to dst and returns the longer slice.
// window is what the peer's window holds, nil without context takeover; no distance in the result reaches
// behind it, nor farther than 1<<bits bytes, bits being from 8 to 15. payload may be empty.
func (z *Deflater) Append(dst, payload, window []byte, bits int) []byte {
	w := z.writer(len(window)+len(payload), bits)
	z.sink.b = dst
	w.ResetDict(&z.sink, window)
	_, _ = w.Write(payload) // the sink never fails, and a Writer has no errors of its own
	_ = w.Flush()
	dst, z.sink.b = z.sink.b, nil
	// 7.2.1: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end". Flush has written the "empty DEFLATE block
	// with no compression" that ends in them.
	return dst[:len(dst)-len(flushTail)]
}

// writer returns a writer of which no distance is above 1<<bits for size bytes, the window included.
//
// The writers of the nine levels use all of a window of 32 KiB. Where all there is fits the window asked for, that is no matter:
// a distance is always less than what there is. For the rest there is a writer that takes the size of its
// window, with a compression near level 5. It comes in four sizes only, because each takes 1.5 MB: a smaller window
// than was allowed is always right.
func (z *Deflater) writer(size, bits int) *flate.Writer {
	if bits == MaxWindowBits || size <= 1<<bits {
		if z.full == nil {
			z.full, _ = flate.NewWriter(nil, z.level) // the level was checked
		}
		return z.full
	}
	i := (bits - MinWindowBits) / 2
	if z.small[i] == nil {
		z.small[i], _ = flate.NewWriterWindow(nil, 1<<(MinWindowBits+2*i)) // so are the bits
	}
	return z.small[i]
}

// Frame returns m as a whole frame with RSV1 set, compressed for a receiver without context takeover and with a window of 1<<bits
// bytes; nil if that is not smaller than the plain frame, or m may not be compressed: RFC 7692 6.1, "An endpoint MUST
// NOT set the "Per-Message Compressed" bit of control frames".
func (z *Deflater) Frame(m *Message, bits int) []byte {
	if !m.op.IsData() || m.fixed {
		return nil
	}
	z.spare = z.Append(z.spare[:0], m.Payload(), nil, bits)
	size := headerSize(len(z.spare)) + len(z.spare)
	var wire []byte
	if size < m.Len() {
		wire = make([]byte, 0, size)
		wire = AppendFrame(wire, Header{Fin: true, RSV: RSV1, Op: m.op}, z.spare)
	}
	if cap(z.spare) > maxSpare {
		z.spare = nil
	}
	return wire
}

// maxSpare is the largest buffer that a Deflater or an Inflater keeps between messages, in bytes.
const maxSpare = 256 << 10
