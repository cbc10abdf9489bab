package main

// stream is what the subscribers of one loop and one path are sent: one run of bytes, in which each has a place.
type stream struct {
	bytes   []byte
	base    int64 // place of bytes[0]
	members []*conn
	behind  int // members whose socket is full
}

func (s *stream) end() int64 { return s.base + int64(len(s.bytes)) }

func (s *stream) join(c *conn) {
	c.place, c.index = s.end(), int32(len(s.members))
	s.members = append(s.members, c)
}

func (s *stream) leave(c *conn) {
	last := s.members[len(s.members)-1]
	s.members[c.index], last.index = last, c.index
	s.members = s.members[:len(s.members)-1]
	if c.full {
		s.behind--
	}
}

// publish sends b to every member whose socket takes it: one write(2) each, whatever number of frames b is.
func (s *stream) publish(l *loop, b []byte) {
	s.trim(l)
	s.bytes = append(s.bytes, b...)
	for i := len(s.members) - 1; i >= 0; i-- { // backwards: one that fails leaves
		if c := s.members[i]; !c.full {
			s.push(l, c)
		}
	}
}

// push writes what c has not got. A socket that is full is written to again when epoll says so.
func (s *stream) push(l *loop, c *conn) {
	n, e := write(c.fd, s.bytes[c.place-s.base:])
	if ended(e) {
		l.drop(c)
		return
	}
	if e == 0 {
		c.place += int64(n)
	}
	if full := c.place < s.end(); full != c.full {
		c.full = full
		if full {
			s.behind++
		} else {
			s.behind--
		}
		l.rewatch(c, full)
	}
}

// maxBehind is how far one may fall behind the others, in bytes, before it is dropped.
const maxBehind = 64 << 20

// trim forgets what everybody has.
func (s *stream) trim(l *loop) {
	if s.behind == 0 {
		s.base, s.bytes = s.end(), s.bytes[:0]
		return
	}
	if len(s.bytes) < cap(s.bytes)/2 {
		return
	}
	first := s.end()
	for i := len(s.members) - 1; i >= 0; i-- {
		if c := s.members[i]; s.end()-c.place > maxBehind {
			l.drop(c)
		} else {
			first = min(first, c.place)
		}
	}
	if n := int(first - s.base); n > len(s.bytes)/2 {
		s.base, s.bytes = first, s.bytes[:copy(s.bytes, s.bytes[n:])]
	}
}
