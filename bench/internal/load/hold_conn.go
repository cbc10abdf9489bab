package load

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func (h *Held) event(i int, _ uint32) error {
	n, errno := sysRead(int(h.conns[i].fd), h.buf)
	if errno == unix.EAGAIN {
		return nil
	}
	if errno != 0 || n == 0 {
		return ended(i, uint64(h.conns[i].got), errno)
	}
	return h.take(i, h.buf[:n])
}

// take parses what came. A connection has a parser of its own only while a frame is cut.
func (h *Held) take(i int, b []byte) error {
	c := &h.conns[i]
	p := c.pending
	if p == nil {
		p = &h.spare
		if h.coder != nil {
			p.size = h.coder.size
		}
	}
	p.feed(b)
	for {
		op, payload, ok, err := p.next()
		if err != nil {
			return illegal(i, uint64(c.got), err)
		}
		if !ok {
			break
		}
		data, err := control(i, uint64(c.got), op, payload, func(pong []byte) error { return h.pong(i, pong) })
		if err != nil {
			return err
		}
		if data {
			if err := h.message(i, p, payload); err != nil {
				return err
			}
		}
	}
	switch {
	case p.idle():
		c.pending = nil
	case c.pending == nil:
		own := h.spare
		c.pending, h.spare = &own, parser{}
	}
	return nil
}

func (h *Held) message(i int, p *parser, payload []byte) error {
	c := &h.conns[i]
	if h.coder == nil {
		return &Violation{Kind: Protocol, Conn: i, Detail: "a message that nobody had announced"}
	}
	seq, due, id, ok := h.coder.genuine(payload)
	if !ok || id != 0 || seq != uint64(c.got) || c.got == h.expect {
		return h.coder.diagnose(finding{conn: i, fd: int(c.fd), parser: p, want: uint64(c.got), sent: uint64(h.expect)}, payload)
	}
	_ = h.Latency.RecordValue(min(max(h.clock()-due, 0), maxLatency))
	if c.got++; c.got == h.expect {
		h.lacking--
	}
	return nil
}

func (h *Held) pong(i int, b []byte) error {
	h.Pings++
	if c := &h.conns[i]; !c.pinged {
		c.pinged = true
		h.Pinged++
	}
	n, errno := sysWrite(int(h.conns[i].fd), b)
	if errno == unix.EPIPE || errno == unix.ECONNRESET {
		return nil // the read that follows tells
	}
	if errno != 0 || n < len(b) {
		return fmt.Errorf("connection %d: answering a ping: %w after %d bytes", i, errno, n)
	}
	return nil
}
