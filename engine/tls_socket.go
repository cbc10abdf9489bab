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

// own sends what crypto/tls has written by itself: an alert, the answer to a KeyUpdate, close_notify. If the socket is
// full and no message of ours brings the next attempt, the loop's ticks do.
func (s *tlsSocket) own() error {
	k := s.link
	if err := s.send(); err != nil {
		return err
	}
	if len(k.rest) > 0 && k.held() == 0 && !k.owing {
		k.owing = true
		l := s.conn.loop
		l.owing = append(l.owing, s.conn.Ref())
		l.stir()
	}
	return nil
}

// CloseWrite implements Socket: close_notify, then FIN.
func (s *tlsSocket) CloseWrite() error {
	k := s.link
	if s.closed {
		return net.ErrClosed
	}
	if err := k.tls.CloseWrite(); err != nil {
		return err
	}
	k.fin = true
	if err := s.own(); err != nil {
		return err
	}
	return s.finish()
}

// finish sends the FIN that CloseWrite promised, once nothing waits.
func (s *tlsSocket) finish() error {
	k := s.link
	if !k.fin || len(k.rest) > 0 {
		return nil
	}
	k.fin = false
	return s.gnetSocket.CloseWrite()
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

// payOwing tries again to send what crypto/tls has written by itself and a full socket has not taken. Called at each tick.
func (l *Loop) payOwing() {
	kept := l.owing[:0]
	for _, r := range l.owing {
		c := l.slots.get(r)
		if c == nil || c.state == stateDone {
			continue
		}
		s := tlsSocketOf(c)
		err := s.drain()
		if err == nil {
			err = s.finish()
		}
		switch {
		case err != nil:
			c.lost(err)
		case len(s.link.rest) > 0:
			kept = append(kept, r)
			continue
		}
		s.link.owing = false
	}
	clear(l.owing[len(kept):])
	if l.owing = kept; len(kept) > 0 {
		l.stir()
	}
}
