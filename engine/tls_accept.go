package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// shakeHands does the TLS handshake of an accepted connection, which it may wait for, and hands it to a loop. What
// comes behind the handshake, the request head first of all, is the loop's business. It is called on a goroutine
// that ends with it, of which no more than TLSConfig.MaxHandshakes exist for an address. ctx ends the wait.
func (e *Engine) shakeHands(ctx context.Context, c net.Conn, peer netip.AddrPort, h *gnetHost) {
	k := &tlsLink{pipe: tlsPipe{real: c}}
	k.tls = tls.Server(&k.pipe, e.cfg.TLS.Config)
	_ = c.SetDeadline(time.Now().Add(e.cfg.TLS.HandshakeTimeout))
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	err := k.tls.Handshake()
	if err == nil && !stop() {
		err = ctx.Err()
	}
	if err != nil {
		stop()
		e.tlsFailed(c, err)
		e.admission.release(peer.Addr())
		return
	}
	k.pipe.real = nil
	if err := h.give(c, &arrival{peer: peer, tls: k}); err != nil {
		e.admission.release(peer.Addr())
		e.acceptErrors.Add(1)
		e.cfg.Logger.Warn("no loop could take a connection after its TLS handshake", "err", err)
	}
}

// tlsFailed ends a connection whose handshake failed, and tells a client that speaks HTTP what it did wrong.
func (e *Engine) tlsFailed(c net.Conn, err error) {
	e.offLoop.tlsErrors.Add(1)
	e.cfg.Logger.Debug("a TLS handshake failed", "peer", c.RemoteAddr(), "err", err)
	var rh tls.RecordHeaderError
	if errors.As(err, &rh) && rh.Conn != nil && looksLikeHTTP(rh.RecordHeader[:]) {
		_ = c.SetDeadline(time.Now().Add(time.Second))
		_, _ = c.Write(appendReject(nil, badRequest("this port speaks TLS; use wss:// or https://")))
		lingerAndClose(c)
		return
	}
	_ = c.Close()
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

// looksLikeHTTP tells whether b, the first five bytes of a connection, begin a request: a method and perhaps a space.
func looksLikeHTTP(b []byte) bool {
	for i, x := range b {
		if x == ' ' {
			return i > 0
		}
		if x < 'A' || x > 'Z' {
			return false
		}
	}
	return true
}
