package faulty

import (
	"net"
	"time"
)

// outlet is one connection that messages are delivered on.
type outlet struct {
	s    *Server
	c    net.Conn
	held *message // swapped: it follows the next
	cut  bool     // nothing more is to be sent
}

// stray is a message that will come to the wrong connection.
type stray struct {
	of      *outlet
	message message
}

// touched reports whether one of the next n deliveries, which it counts, needs a look.
func (o *outlet) touched(n int) (first int64, yes bool) {
	f := o.s.fault
	last := o.s.count.Add(int64(n))
	first = last - int64(n) + 1
	if f.Legal || o.held != nil || f.What == Stray && last >= f.At {
		return first, true
	}
	return first, f.What != None && first <= f.At && f.At <= last
}

// appendFrame appends the message as any server would.
func appendFrame(dst []byte, first byte, payload []byte) []byte {
	n := len(payload)
	switch {
	case n < 126:
		dst = append(dst, first, byte(n))
	case n < 1<<16:
		dst = append(dst, first, 126, byte(n>>8), byte(n))
	default:
		dst = append(dst, first, 127, 0, 0, 0, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(dst, payload...)
}

// deliver appends delivery number n with whatever is to be wrong with it.
func (o *outlet) deliver(dst []byte, n int64, m message) []byte {
	first := 0x80 | m.op
	if held := o.held; held != nil {
		o.held = nil
		return appendFrame(appendFrame(dst, first, m.payload), 0x80|held.op, held.payload)
	}
	f := &o.s.fault
	if f.What == Stray && n >= f.At {
		m = o.astray(m)
	}
	if n != f.At {
		return o.legally(dst, n, m)
	}
	payload := append([]byte(nil), m.payload...)
	switch f.What {
	case Drop:
		return dst
	case Duplicate:
		dst = appendFrame(dst, first, payload)
	case Swap:
		o.held = &message{m.op, payload}
		return dst
	case FlipBit:
		payload[len(payload)-1] ^= 0x10
	case FlipTime:
		payload[9] ^= 0x01
	case FlipOp:
		first ^= 3
	case Truncate:
		payload = payload[:len(payload)-1]
	case Reserved:
		first |= 0x40
	case Cut:
		o.cut = true
		o.c.Close()
		return dst
	case Close:
		o.cut = true
		return append(dst, 0x88, 2, 1011>>8, 1011&0xff)
	case Pause:
		time.Sleep(PauseTime)
	case Freeze:
		o.s.frozen.Store(true)
		return dst
	}
	return appendFrame(dst, first, payload)
}

// astray keeps the first message, and gives it to the next connection in place of its own.
func (o *outlet) astray(m message) message {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	switch kept := o.s.stray; {
	case kept == nil:
		o.s.stray = &stray{of: o, message: message{m.op, append([]byte(nil), m.payload...)}}
	case kept.of != nil && kept.of != o:
		kept.of = nil
		return kept.message
	}
	return m
}

// legally delivers a message in a form that is rare and allowed.
func (o *outlet) legally(dst []byte, n int64, m message) []byte {
	if !o.s.fault.Legal || n%5 > 2 {
		return appendFrame(dst, 0x80|m.op, m.payload)
	}
	if n%5 == 0 {
		return appendFrame(append(dst, ping...), 0x80|m.op, m.payload)
	}
	a, b := len(m.payload)/3, len(m.payload)/2
	dst = appendFrame(dst, m.op, m.payload[:a])
	if n%5 == 1 {
		dst = append(dst, ping...)
	}
	dst = appendFrame(dst, 0, m.payload[a:b])
	return appendFrame(dst, 0x80, m.payload[b:])
}

// write hands b to the kernel, in pieces where the fault says so.
func (o *outlet) write(b []byte) error {
	step := o.s.fault.Trickle
	if step == 0 {
		step = max(len(b), 1)
	}
	for len(b) > 0 {
		n := min(step, len(b))
		if _, err := o.c.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
