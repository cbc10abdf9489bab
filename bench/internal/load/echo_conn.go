package load

import (
	"golang.org/x/sys/unix"
)

// echoConn is one connection that echoes. Messages are numbered from 0 on each.
type echoConn struct {
	fd     int
	sent   uint64
	got    uint64
	due    []int64 // when those in flight were sent, by sequence
	part   []byte  // a cut frame, so far as it came
	out    []byte  // what the socket did not take
	strict *parser // nil while frames come in their shortest form
}

func (e *echo) event(i int, ev uint32) error {
	c := &e.conns[i]
	if ev&unix.EPOLLOUT != 0 {
		if err := e.flush(i); err != nil {
			return err
		}
	}
	if ev&^uint32(unix.EPOLLOUT) == 0 {
		return nil
	}
	have := copy(e.buf, c.part)
	n, errno := sysRead(c.fd, e.buf[have:])
	if errno == unix.EAGAIN {
		return nil
	}
	if errno != 0 || n == 0 {
		return ended(i, c.got, errno)
	}
	c.part = c.part[:0]
	return e.take(i, e.buf[:have+n])
}

// take verifies what came and sends as many messages again.
func (e *echo) take(i int, b []byte) error {
	c := &e.conns[i]
	if c.strict != nil {
		return e.parse(i, b)
	}
	was := c.got
	for len(b) >= e.wire && c.got < c.sent && string(b[:len(e.head)]) == string(e.head) &&
		e.is(b[len(e.head):e.wire], c.got, c.due[c.got&(e.depth-1)], uint32(i)) {
		b = b[e.wire:]
		c.got++
	}
	if err := e.arrived(i, was); err != nil {
		return err
	}
	if len(b) == 0 {
		return nil
	}
	if len(b) < e.wire && len(b) >= len(e.head) && string(b[:len(e.head)]) == string(e.head) {
		c.part = append(c.part, b...)
		return nil
	}
	return e.parse(i, b)
}

// arrived records the messages from number was on, and sends the next.
func (e *echo) arrived(i int, was uint64) error {
	c := &e.conns[i]
	if c.got == was {
		return nil
	}
	now := e.clock()
	e.progress = now
	for n := was; n < c.got; {
		due, same := c.due[n&(e.depth-1)], int64(0)
		for ; n < c.got && c.due[n&(e.depth-1)] == due; n++ {
			same++
		}
		e.rec.count(now-due, same)
	}
	if e.closed {
		return nil
	}
	return e.send(i, int(c.got-was))
}

// send hands n new messages to the kernel in one write.
func (e *echo) send(i, n int) error {
	c := &e.conns[i]
	now, b := e.clock(), e.unsent[:0]
	for range n {
		c.due[c.sent&(e.depth-1)] = now
		b = e.appendClient(b, c.sent, now, uint32(i))
		c.sent++
	}
	e.unsent = b
	return e.write(i, b)
}

func (e *echo) write(i int, b []byte) error {
	c := &e.conns[i]
	if len(c.out) == 0 {
		n, errno := sysWrite(c.fd, b)
		if errno != 0 && errno != unix.EAGAIN {
			return ended(i, c.got, errno)
		}
		if errno == 0 {
			b = b[n:]
		}
		if len(b) == 0 {
			return nil
		}
		if err := e.mod(c.fd, kindConn, i, unix.EPOLLIN|unix.EPOLLOUT); err != nil {
			return err
		}
	}
	c.out = append(c.out, b...)
	return nil
}

func (e *echo) flush(i int) error {
	c := &e.conns[i]
	if len(c.out) == 0 {
		return nil
	}
	n, errno := sysWrite(c.fd, c.out)
	if errno == unix.EAGAIN {
		return nil
	}
	if errno != 0 {
		return ended(i, c.got, errno)
	}
	if c.out = c.out[:copy(c.out, c.out[n:])]; len(c.out) > 0 {
		return nil
	}
	return e.mod(c.fd, kindConn, i, unix.EPOLLIN)
}

// parse is the way of everything but whole frames in their shortest form.
func (e *echo) parse(i int, b []byte) error {
	c := &e.conns[i]
	if c.strict == nil {
		if len(b) == 0 {
			return nil
		}
		c.strict = &parser{size: e.size}
	}
	c.strict.feed(b)
	was := c.got
	for {
		op, payload, ok, err := c.strict.next()
		if err != nil {
			return illegal(i, c.got, err)
		}
		if !ok {
			break
		}
		data, err := control(i, c.got, op, payload, func(pong []byte) error { return e.write(i, pong) })
		if err != nil {
			return err
		}
		if !data {
			continue
		}
		if c.got == c.sent || !e.is(payload, c.got, c.due[c.got&(e.depth-1)], uint32(i)) {
			return e.diagnose(finding{conn: i, id: uint32(i), fd: c.fd, parser: c.strict, want: c.got, sent: c.sent}, payload)
		}
		c.got++
	}
	if c.strict.idle() {
		c.strict = nil
	}
	return e.arrived(i, was)
}
