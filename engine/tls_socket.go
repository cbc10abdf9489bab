//go:build unix

package engine

import (
	"crypto/tls"
	"errors"
	"net"
	"unsafe"
)

// tlsSocket is the Socket of a connection with TLS: a gnetSocket, and what stands between it and the bytes.
//
// Its Write has something to hide. The engine must not be told that a message is written while its ciphertext still waits
// here, or nobody would come back for it; but it cannot be told that none of it is, because a record that
// is encrypted has to be sent. So Write reports what the socket took, in plaintext, and the rest of a
// chunk that is encrypted already is skipped when it is offered again. What Conn.Buffered counts is thus right to a
// chunk, and the ciphertext that is kept never exceeds one.
type tlsSocket struct {
	gnetSocket
	link *tlsLink // nil once detached
}

var errTLSRest = errors.New("the peer made crypto/tls send more than it reads")

var _ [unsafe.Offsetof(tlsSocket{}.gnetSocket)]struct{} = [0]struct{}{}

// tlsSocketOf finds the socket around a Conn with flagTLS.
func tlsSocketOf(c *Conn) *tlsSocket { return (*tlsSocket)(unsafe.Pointer(c)) }

// Write implements Socket.
func (s *tlsSocket) Write(p []byte) (wrote int, err error) {
	k := s.link
	if s.closed {
		return 0, net.ErrClosed
	}
	if err := s.drain(); err != nil {
		return 0, err
	}
	for {
		wrote += k.report(len(p) - wrote)
		if len(k.rest) > 0 || wrote == len(p) {
			return wrote, nil
		}
		chunk := p[wrote:min(len(p), wrote+tlsChunk)]
		if _, err := k.tls.Write(chunk); err != nil {
			return wrote, err
		}
		k.plain, k.whole = len(chunk), len(s.conn.loop.tls.out)
		if err := s.send(); err != nil {
			return wrote, err
		}
	}
}

// Writev implements Socket. What fits is put together, so that it becomes as few records as one write.
func (s *tlsSocket) Writev(v [][]byte) (wrote int, err error) {
	if len(v) == 1 {
		return s.Write(v[0])
	}
	b := s.conn.loop.tlsBufs()
	for i := 0; i < len(v); {
		b.join = b.join[:0]
		for i < len(v) && (len(b.join) == 0 || len(b.join)+len(v[i]) <= tlsPlain) {
			b.join = append(b.join, v[i]...)
			i++
		}
		n, err := s.Write(b.join)
		wrote += n
		if full := n < len(b.join); err != nil || full {
			return wrote, err
		}
	}
	if cap(b.join) > 2*tlsPlain {
		b.join = nil // one large message does not stay for ever
	}
	return wrote, nil
}

// send gives the socket what crypto/tls has just written, behind what waits. What it does not take is kept.
func (s *tlsSocket) send() error {
	k, b := s.link, s.conn.loop.tls
	out := b.out
	b.out = b.out[:0]
	if cap(b.out) > 4*tlsChunk {
		b.out = nil
	}
	if len(out) > 0 && len(k.rest) == 0 {
		n, err := s.gnetSocket.Write(out)
		if err != nil {
			return err
		}
		out = out[n:]
	}
	k.rest = append(k.rest, out...)
	if len(k.rest)-k.sent > tlsRestMax {
		return errTLSRest
	}
	return nil
}

// drain gives the socket what waits.
func (s *tlsSocket) drain() error {
	k := s.link
	if len(k.rest) == 0 {
		return nil
	}
	n, err := s.gnetSocket.Write(k.rest[k.sent:])
	if err != nil {
		return err
	}
	if k.sent += n; k.sent == len(k.rest) {
		k.rest, k.sent = nil, 0
	}
	return nil
}

// Close implements Socket.
func (s *tlsSocket) Close(abort bool) {
	if !s.closed && !abort && s.link != nil {
		_ = s.drain() // the last chance of close_notify
	}
	s.gnetSocket.Close(abort)
}

// tlsState is the connection's, in a copy.
func (s *tlsSocket) tlsState() *tls.ConnectionState {
	cs := s.link.tls.ConnectionState()
	return &cs
}
