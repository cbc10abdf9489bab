//go:build unix

package engine

import "net"

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
