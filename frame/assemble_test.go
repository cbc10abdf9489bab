package frame

import (
	"encoding/binary"
	"testing"
)

// declare returns the header of an unmasked binary frame with size bytes.
func declare(fin bool, size int64) []byte {
	return AppendHeader(nil, Header{Fin: fin, Op: OpBinary, Length: size})
}

// A peer pays for memory with bytes sent, not with bytes announced.
func TestAnnouncingCostsNothing(t *testing.T) {
	var d Decoder
	lim := &Limits{MaxMessage: 16 << 20, Client: true}
	head := declare(true, 16<<20)
	allocs := testing.AllocsPerRun(100, func() {
		if _, _, err := d.Next(head, lim); err != nil {
			t.Fatal(err)
		}
		if d.buf != nil {
			t.Fatal("a buffer for a payload of which nothing came")
		}
		d.Reset()
	})
	if allocs != 0 {
		t.Errorf("%v allocations for a header", allocs)
	}
	if _, _, err := d.Next(append(head, 1), lim); err != nil || cap(d.buf.B) != minBuffer {
		t.Errorf("1 byte of 16 MiB holds %d bytes (%v)", cap(d.buf.B), err)
	}
	d.Reset()
}

// What failed must not keep memory until somebody remembers to Reset it.
func TestErrorGivesBufferBack(t *testing.T) {
	lim := &Limits{MaxMessage: 10, Client: true}
	var d Decoder
	feed(t, &d, lim, 1, append(declare(false, 10), make([]byte, 10)...))
	if d.buf == nil {
		t.Fatal("nothing was kept of a fragment")
	}
	if _, _, err := d.Next([]byte{0x80, 1}, lim); err == nil || d.buf != nil { // FIN, continuation, 1 byte
		t.Errorf("after %v: buffer %v", err, d.buf)
	}
}

// feed sends n times p behind what was sent, and returns how often the buffer
// was replaced. Capacity is checked against what arrived after each.
func feed(t *testing.T, d *Decoder, lim *Limits, n int, p []byte) (moves int) {
	t.Helper()
	had := 0
	for range n {
		b := append([]byte(nil), p...)
		for len(b) > 0 {
			_, k, err := d.Next(b, lim)
			if err != nil {
				t.Fatal(err)
			}
			b = b[k:]
		}
		if d.buf == nil {
			continue
		}
		if now := cap(d.buf.B); now != had {
			moves, had = moves+1, now
		}
		if bound := max(minBuffer, 2*len(d.buf.B)); had > bound {
			t.Fatalf("%d bytes arrived, %d held", len(d.buf.B), had)
		}
	}
	return moves
}

func TestBufferGrowsGeometrically(t *testing.T) {
	const size = 10_000_000 // no power of two: the last step must stop at it
	lim := &Limits{Client: true}
	var d Decoder
	if _, _, err := d.Next(declare(true, size), lim); err != nil {
		t.Fatal(err)
	}
	if moves := feed(t, &d, lim, size/1000, make([]byte, 1000)); moves > 15 {
		t.Errorf("%d buffers for %d bytes", moves, size)
	}
	if !d.given || cap(d.buf.B) != size {
		t.Errorf("message done: %v, in a buffer of %d, want the declared %d", d.given, cap(d.buf.B), size)
	}
	d.Reset()
}

// Stopping at the length declared so far would replace the buffer 65,536 times.
func TestBufferGrowsGeometricallyOverFragments(t *testing.T) {
	lim := &Limits{MaxMessage: 4<<20 + 100, Client: true}
	var d Decoder
	feed(t, &d, lim, 1, append(declare(false, 64), make([]byte, 64)...))
	part := append([]byte{0x00, 64}, make([]byte, 64)...) // continuation, not FIN
	if moves := feed(t, &d, lim, 65535, part); moves > 15 {
		t.Errorf("%d buffers", moves)
	}
	feed(t, &d, lim, 1, append([]byte{0x00, 100}, make([]byte, 100)...)) // up to the limit
	if got := int64(cap(d.buf.B)); got != lim.MaxMessage {
		t.Errorf("the buffer grew to %d, the limit is %d", got, lim.MaxMessage)
	}
	d.Reset()
}

func TestBytesSurviveGrowing(t *testing.T) {
	lim := &Limits{Client: true}
	var d Decoder
	const words = 300_000
	if _, _, err := d.Next(declare(true, 4*words), lim); err != nil {
		t.Fatal(err)
	}
	for i := range uint32(words) {
		ev, _, err := d.Next(binary.BigEndian.AppendUint32(nil, i), lim)
		if err != nil {
			t.Fatal(err)
		}
		if (ev.Op == OpBinary) != (i == words-1) {
			t.Fatalf("event %v after word %d", ev.Op, i)
		}
		for j := 0; j < len(ev.Payload); j += 4 {
			if got := binary.BigEndian.Uint32(ev.Payload[j:]); got != uint32(j/4) {
				t.Fatalf("word %d is %d", j/4, got)
			}
		}
	}
	d.Reset()
}

func TestBufferClasses(t *testing.T) {
	for size := 0; size <= maxPooled; size += 1 + size/7 {
		b := getBuffer(size)
		if got := cap(b.B); len(b.B) != 0 || got < size || got > max(minBuffer, 2*size) || got&(got-1) != 0 {
			t.Errorf("getBuffer(%d): length %d, capacity %d", size, len(b.B), got)
		}
		b.B = append(b.B, "stale"...)
		putBuffer(b)
	}
	if b := getBuffer(maxPooled + 1); cap(b.B) != maxPooled+1 {
		t.Errorf("above the classes: capacity %d, want the size asked for", cap(b.B))
	}
}

func TestBigBuffersAreNotKept(t *testing.T) {
	for range 100 {
		putBuffer(getBuffer(8 << 20))
	}
	for i := range pools {
		for range 200 {
			if b := pools[i].Get(); cap(b.B) > maxPooled {
				t.Fatalf("class %d kept a buffer of %d bytes", i, cap(b.B))
			}
		}
	}
}

// The pool of bytebufferpool learns, after 42,000 buffers, which size to hand
// out and which to throw away; short payloads must not teach it to break the
// class.
func TestPoolKeepsItsClassAfterCalibration(t *testing.T) {
	const class = 3
	for range 50_000 {
		b := getBuffer(minBuffer << class)
		b.B = append(b.B, 'x')
		putBuffer(b)
	}
	for range 100 { // more than it can have kept
		if b := pools[class].Get(); cap(b.B) != minBuffer<<class {
			t.Fatalf("capacity %d in the class of %d", cap(b.B), minBuffer<<class)
		}
	}
}
