package load

// stream is what every subscriber has to be given: the server's frames, one after another, as a ring that grows. All
// frames are equally long, so message n begins at byte n*wire.
type stream struct {
	wire int64
	buf  []byte // a power of two
	tail int64  // bytes before it are forgotten
	head int64
}

func newStream(wire int, capacity int64) stream {
	size := int64(64 << 10)
	for size < capacity {
		size *= 2
	}
	return stream{wire: int64(wire), buf: make([]byte, size)}
}

// sent is the number of the next message.
func (s *stream) sent() uint64 { return uint64(s.head / s.wire) }

// forget drops everything before the message.
func (s *stream) forget(seq uint64) { s.tail = max(s.tail, min(int64(seq)*s.wire, s.head)) }

func (s *stream) append(frame []byte) {
	if s.head+int64(len(frame))-s.tail > int64(len(s.buf)) {
		s.grow(s.head + int64(len(frame)) - s.tail)
	}
	at := s.head & int64(len(s.buf)-1)
	n := copy(s.buf[at:], frame)
	copy(s.buf, frame[n:])
	s.head += int64(len(frame))
}

func (s *stream) grow(need int64) {
	bigger := newStream(int(s.wire), max(need, 2*int64(len(s.buf))))
	for off := s.tail; off < s.head; {
		piece := s.at(off, min(s.head-off, int64(len(s.buf))))
		at := off & int64(len(bigger.buf)-1)
		off += int64(copy(bigger.buf[at:], piece))
	}
	s.buf = bigger.buf
}

// at is up to n bytes at off: fewer where the ring turns.
func (s *stream) at(off, n int64) []byte {
	at := off & int64(len(s.buf)-1)
	return s.buf[at:min(at+n, int64(len(s.buf)))]
}

// has reports whether b is what lies at off. What has been forgotten or not been sent is nothing's equal.
func (s *stream) has(off int64, b []byte) bool {
	if off < s.tail || off+int64(len(b)) > s.head {
		return false
	}
	first := s.at(off, int64(len(b)))
	return string(b[:len(first)]) == string(first) && string(b[len(first):]) == string(s.buf[:len(b)-len(first)])
}
