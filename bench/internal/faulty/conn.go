package faulty

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"

	"github.com/gobwas/ws"
)

// ping is what the server sends where Legal lets it.
var ping = []byte{0x89, 4, 'p', 'i', 'n', 'g'}

// serve is one connection from its handshake to its end.
func (s *Server) serve(c net.Conn) {
	var answer bytes.Buffer
	path := ""
	up := ws.Upgrader{OnRequest: func(uri []byte) error { path = string(uri); return nil }}
	_, err := up.Upgrade(struct {
		io.Reader
		io.Writer
	}{c, &answer})
	head := answer.Bytes()
	if err == nil {
		head = s.mangle(head)
	}
	if err == nil && s.fault.Legal {
		head = append(head, ping...)
	}
	if _, werr := c.Write(head); err != nil || werr != nil {
		return
	}
	name, arg, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	channels, _ := strconv.Atoi(arg)
	switch name {
	case "echo":
		s.echo(c)
	case "sub":
		s.subscribe(c)
	case "pub":
		s.publish(c, max(channels, 1))
	}
}

// mangle spoils the answer to a handshake.
func (s *Server) mangle(head []byte) []byte {
	switch s.fault.What {
	case Refuse:
		return []byte("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
	case BadAccept:
		at := bytes.Index(head, []byte("Accept: ")) + len("Accept: ")
		head[at] = 'a' + (head[at]+1)%26
	}
	return head
}

// reader takes a client's frames apart.
type reader struct {
	c    net.Conn
	buf  []byte
	n    int
	used int
}

type message struct {
	op      byte
	payload []byte // unmasked in place; stands until the next read
}

// read gives the whole messages of one read from the socket, at least one.
func (r *reader) read(into []message) ([]message, error) {
	if r.buf == nil {
		r.buf = make([]byte, 64<<10)
	}
	for into = into[:0]; len(into) == 0; {
		r.n = copy(r.buf, r.buf[r.used:r.n])
		r.used = 0
		if r.n == len(r.buf) {
			r.buf = append(r.buf, make([]byte, len(r.buf))...)
		}
		n, err := r.c.Read(r.buf[r.n:])
		if err != nil {
			return nil, err
		}
		r.n += n
		for {
			m, size := cut(r.buf[r.used:r.n])
			if size == 0 {
				break
			}
			r.used += size
			into = append(into, m)
		}
	}
	return into, nil
}

// cut takes a frame from the front of b; size 0: it is not all there. Clients of the bench never fragment.
func cut(b []byte) (m message, size int) {
	if len(b) < 6 {
		return m, 0
	}
	n, head := int(b[1]&0x7f), 2
	if n == 126 {
		n, head = int(b[2])<<8|int(b[3]), 4
	} else if n == 127 {
		if len(b) < 10 {
			return m, 0
		}
		n, head = int(b[6])<<24|int(b[7])<<16|int(b[8])<<8|int(b[9]), 10
	}
	if len(b) < head+4+n {
		return m, 0
	}
	body := b[head+4 : head+4+n]
	ws.Cipher(body, [4]byte(b[head:head+4]), 0)
	return message{b[0] & 0xf, body}, head + 4 + n
}
