package engine

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// enter gives the hijacked connection to a loop, which answers the handshake.
func (u *upgrade) enter(nc net.Conn) error {
	h := u.e.host.Load()
	if h == nil {
		return ErrClosed
	}
	raw := nc
	if wc, ok := asWebConn(nc); ok {
		raw = wc.Conn
		u.a.rest = append(u.a.rest, wc.ahead...)
		if !wc.leave() {
			return net.ErrClosed
		}
		if u.counted { // anew: under another address, or at another engine
			wc.w.e.countOut(wc.peer, wc.kind)
		}
		u.counted = true
	}
	raw, k, err := pollable(raw)
	if err != nil {
		return err
	}
	err = h.hand(raw, &arrival{peer: u.peer, adopted: &u.a, tls: k})
	u.counted = u.counted && err != nil
	return err
}

// tooLate ends a hijacked connection that no loop got.
func (u *upgrade) tooLate(nc net.Conn, err error) error {
	herr := &HTTPError{Status: http.StatusInternalServerError, cause: err}
	if errors.Is(err, ErrClosed) {
		herr = goingAway()
	}
	u.e.cfg.Logger.Error("a WebSocket handshake was taken over from net/http, but no loop got it", "err", err)
	u.e.offLoop.rejected.Add(1)
	_ = nc.SetDeadline(time.Now().Add(time.Second))
	_, _ = nc.Write(appendReject(nil, herr)) // fails if the socket is closed already, as by gnet after an error of its own
	_ = nc.Close()
	return herr
}

// pollable returns the connection under c whose descriptor a loop can poll, and the TLS on it if there is any.
func pollable(c net.Conn) (net.Conn, *tlsLink, error) {
	if t, ok := c.(*tls.Conn); ok {
		return pollableTLS(t)
	}
	switch c.(type) {
	case *net.TCPConn, *net.UnixConn:
		if c.RemoteAddr() == nil { // gnet asks for it
			return nil, nil, fmt.Errorf("the peer is gone: %w", net.ErrClosed)
		}
		return c, nil, nil
	}
	return nil, nil, fmt.Errorf("%w: it is a %T", ErrNoDescriptor, c)
}

// pollableTLS is pollable for TLS that somebody else has shaken hands for: this engine, before it handed the connection to
// net/http, or an http.Server of the application. The tls.Conn stands on a pipe of ours already in the first case; in the
// second one is put under it.
func pollableTLS(t *tls.Conn) (net.Conn, *tlsLink, error) {
	p, ours := t.NetConn().(*tlsPipe)
	if ours {
		raw, _, err := pollable(p.real)
		if err != nil {
			return nil, nil, err
		}
		k := linkAround(p)
		*k = tlsLink{pipe: tlsPipe{in: p.in}, tls: t, rest: p.first}
		return raw, k, nil
	}
	raw, _, err := pollable(t.NetConn())
	if err != nil {
		return nil, nil, err
	}
	k := &tlsLink{tls: t}
	if !setNetConn(t, &k.pipe) {
		return nil, nil, fmt.Errorf(`%w: this version of Go hides what a tls.Conn stands on; use a "tls:" address of the engine`, ErrNoDescriptor)
	}
	return raw, k, nil
}
