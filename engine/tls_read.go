//go:build unix

package engine

import (
	"errors"
	"fmt"
	"io"
	"net"
)

// read takes ciphertext that gnet has read, nil for what crypto/tls holds already, and lets the connection receive what it
// says. p dies on return.
func (s *tlsSocket) read(p []byte) {
	l, k := s.conn.loop, s.link
	l.owner.enter()
	b := k.pipe.bufs
	if len(k.pipe.in) > 0 {
		k.pipe.in = append(k.pipe.in, p...) // what was read before a change of hands
	} else {
		k.pipe.in = p
	}
	k.lend(b)
	for {
		n, err := s.fill(b.plain)
		if oerr := s.own(); oerr != nil && err == nil {
			err = oerr
		}
		if n > 0 {
			s.conn.receive(b.plain[:n])
		}
		if s.link == nil {
			return // net/http has it, perhaps already at work
		}
		if s.closed {
			break
		}
		if err != nil {
			s.readEnded(err)
			break
		}
	}
	k.takeBack(b)
	k.pipe.in = nil
}

// fill reads plaintext until p is full or there is no more.
func (s *tlsSocket) fill(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = s.link.tls.Read(p[n:])
		n += k
	}
	return n, err
}

// readEnded acts on why reading has stopped.
func (s *tlsSocket) readEnded(err error) {
	var ne net.Error
	switch {
	case errors.As(err, &ne) && ne == errNoInput:
	case errors.Is(err, io.EOF): // close_notify, which stands for the peer's FIN
		s.conn.catchUp() // while we can still answer
		if !s.closed && s.link != nil && !s.link.fin {
			// RFC 5246 7.2.1 wants close_notify answered; without, a peer that waits for it takes the end for a cut.
			_ = s.CloseWrite()
		}
		s.conn.peerGone(nil)
	default:
		s.conn.loop.stats.tlsErrors.Add(1)
		s.conn.peerGone(fmt.Errorf("TLS: %w", err))
	}
}

// detach implements detacher: a connection whose bytes are those of the tls.Conn, for somebody who may wait for them.
func (s *tlsSocket) detach() (net.Conn, error) {
	k := s.link
	nc, err := s.gnetSocket.detach()
	if err != nil {
		return nil, err
	}
	k.takeBack(k.pipe.bufs)
	s.link = nil
	k.pipe.in = append([]byte(nil), k.pipe.in...)
	k.pipe.first = append([]byte(nil), k.rest[k.sent:]...)
	k.pipe.bufs, k.pipe.real = nil, nc
	return k.tls, nil
}
