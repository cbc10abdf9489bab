package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"

	"golang.org/x/sys/unix"
)

type role uint8

const (
	greeting role = iota // the request is not complete yet
	echoing
	subscribing
	publishing
)

type conn struct {
	fd     int32
	role   role
	stream uint8
	full   bool   // the socket takes no more, and epoll is asked to tell
	index  int32  // in stream.members
	place  int64  // of the next byte, in the stream
	cut    []byte // the beginning of a frame or of the request
	owed   []byte // what echo has not written yet
}

func (l *loop) serve(c *conn, events uint32) {
	if events&unix.EPOLLOUT != 0 && c.full {
		if c.role == subscribing {
			l.streams[c.stream].push(l, c)
		} else {
			l.reply(c, nil)
		}
		if l.conns[c.fd] != c {
			return
		}
	}
	if events&^uint32(unix.EPOLLOUT) == 0 {
		return
	}
	n, e := read(c.fd, l.in)
	if n == 0 || ended(e) {
		l.drop(c)
		return
	}
	if e != 0 {
		return
	}
	b := l.in[:n]
	if len(c.cut) > 0 {
		c.cut = append(c.cut, b...)
		b = c.cut
	}
	if taken := l.receive(c, b); l.conns[c.fd] == c {
		if rest := b[taken:]; len(rest) > 0 {
			c.cut = append(c.cut[:0], rest...)
		} else {
			c.cut = nil
		}
	}
}

// receive works b off and returns how much it took.
func (l *loop) receive(c *conn, b []byte) (n int) {
	if c.role == greeting {
		if n = l.greet(c, b); n == 0 || l.conns[c.fd] != c {
			return n
		}
	}
	var taken int
	var closed bool
	taken, l.out, l.control, closed = frames(b[n:], l.out[:0], l.control[:0])
	switch {
	case len(l.out) == 0:
	case c.role == echoing:
		l.reply(c, l.out)
	case c.role == publishing:
		l.post(c.stream, l.out)
		l.streams[c.stream].publish(l, l.out)
	}
	if l.conns[c.fd] == c && len(l.control) > 0 {
		l.answer(c)
	}
	if closed && l.conns[c.fd] == c {
		l.drop(c)
	}
	return n + taken
}

// reply writes b behind what is owed.
func (l *loop) reply(c *conn, b []byte) {
	if len(c.owed) > 0 {
		c.owed = append(c.owed, b...)
		b = c.owed
	}
	n, e := write(c.fd, b)
	if ended(e) {
		l.drop(c)
		return
	}
	rest := b[max(n, 0):]
	if e != 0 {
		rest = b
	}
	if full := len(rest) > 0; full || c.full {
		c.owed = append(c.owed[:0], rest...)
		if !full {
			c.owed = nil
		}
		if full != c.full {
			c.full = full
			l.rewatch(c, full)
		}
	}
}

// answer sends pongs and the close. A subscriber that is behind gets none: they would fall into a frame.
func (l *loop) answer(c *conn) {
	if c.role != subscribing {
		l.reply(c, l.control)
	} else if !c.full {
		if n, _ := write(c.fd, l.control); n != len(l.control) {
			l.drop(c)
		}
	}
}

var paths = map[string]conn{
	"/echo": {role: echoing}, "/sub": {role: subscribing}, "/pub": {role: publishing},
	"/sub/100": {role: subscribing, stream: 1}, "/pub/100": {role: publishing, stream: 1},
}

// greet answers the request, once it is complete, and returns its length.
func (l *loop) greet(c *conn, b []byte) int {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return 0
	}
	_, rest, _ := bytes.Cut(b[:end], []byte(" "))
	path, _, _ := bytes.Cut(rest, []byte(" "))
	p, known := paths[string(path)]
	key := field(b[:end+2], "sec-websocket-key:")
	if !known || key == nil {
		l.drop(c)
		return 0
	}
	c.role, c.stream = p.role, p.stream
	// RFC 6455 4.2.2: the key and this constant, then SHA-1 and base64.
	sum := sha1.Sum(append(append(l.out[:0], key...), "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"...))
	answer := append(l.out[:0], "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	answer = append(base64.StdEncoding.AppendEncode(answer, sum[:]), "\r\n\r\n"...)
	l.out = answer
	if p.role == subscribing {
		l.streams[p.stream].join(c)
	}
	if n, _ := write(c.fd, answer); n != len(answer) {
		l.drop(c)
	}
	return end + 4
}

// field returns the value of the header field with this lower-case name and colon, nil without one.
func field(head []byte, name string) []byte {
	for line := range bytes.Lines(head) {
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			return bytes.TrimSpace(line[len(name):])
		}
	}
	return nil
}
