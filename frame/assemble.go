package frame

import (
	"math/bits"

	"github.com/valyala/bytebufferpool"
)

// Messages that do not lie whole in one read are put together in pooled
// buffers. One pool per power of two, because a single pool would hand a peer
// that sent one byte and stalled the largest buffer anybody ever needed:
// memory a connection holds has to follow what it sent.
const (
	minBuffer = 512     // bytes; the smallest class
	maxPooled = 1 << 20 // bytes; above it a buffer is left to the collector, so that a rare giant does not stay for ever
)

var pools [12]bytebufferpool.Pool // pools[i] holds capacity minBuffer << i

// getBuffer returns an empty buffer with room for at least size bytes.
func getBuffer(size int) *bytebufferpool.ByteBuffer {
	if size > maxPooled {
		return &bytebufferpool.ByteBuffer{B: make([]byte, 0, size)}
	}
	class := bits.Len(uint(max(size, minBuffer)-1) / minBuffer)
	b := pools[class].Get()
	if cap(b.B) < size { // new: the pool does not know its class's size yet
		b.B = make([]byte, 0, minBuffer<<class)
	}
	return b
}

// putBuffer takes back what getBuffer gave.
func putBuffer(b *bytebufferpool.ByteBuffer) {
	size := cap(b.B)
	if size < minBuffer || size > maxPooled {
		return
	}
	// The pool measures lengths to learn which capacities are worth keeping.
	// Here capacity is what a class is about; short payloads would talk it out
	// of keeping anything.
	b.B = b.B[:size]
	pools[bits.Len(uint(size)/minBuffer)-1].Put(b)
}

// store moves p, which is part of the open message, to the assembly buffer.
//
// The buffer grows with the bytes that came, never ahead to the length the peer
// announced: announcing costs nothing. It at least doubles each time, so that a
// long message in small pieces is copied once or twice in all.
func (d *Decoder) store(p []byte, lim *Limits) {
	if d.buf == nil {
		d.buf = getBuffer(d.roomFor(len(p), 0, lim))
	} else if need := len(d.buf.B) + len(p); need > cap(d.buf.B) {
		old := d.buf
		d.buf = getBuffer(d.roomFor(need, cap(old.B), lim))
		d.buf.B = append(d.buf.B, old.B...)
		putBuffer(old)
	}
	d.buf.B = append(d.buf.B, p...)
}

// roomFor returns the capacity to ask for: twice what there was, but no more
// than the message can still become. In its last frame that is the declared
// length; before, further fragments may follow, and stopping at what is
// declared so far would mean growing again for each of them.
func (d *Decoder) roomFor(need, had int, lim *Limits) int {
	room := max(int64(need), 2*int64(had))
	if d.head.Fin {
		room = min(room, d.total)
	} else {
		room = min(room, lim.size(d.compressed))
	}
	return int(room)
}

// drop gives the assembly buffer back.
func (d *Decoder) drop() {
	if d.buf != nil {
		putBuffer(d.buf)
		d.buf = nil
	}
}
