package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// shakeHands does the TLS handshake of an accepted connection, which it may wait for, and hands it to a loop. What
// comes behind the handshake, the request head first of all, is the loop's business. It is called on a goroutine
// that ends with it, of which no more than TLSConfig.MaxHandshakes exist for an address. ctx ends the wait.
func (e *Engine) shakeHands(ctx context.Context, c net.Conn, in *arrival, h *gnetHost) {
	k := &tlsLink{pipe: tlsPipe{real: c}}
	k.tls = tls.Server(&k.pipe, e.cfg.TLS.Config)
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_ = c.SetDeadline(time.Now().Add(e.cfg.TLS.HandshakeTimeout))
	if in.proxied {
		in.proxied = false
		if err := e.proxyBefore(c, in, k); err != nil {
			_ = c.Close()
			e.countOut(in.peer, in.kind)
			return
		}
	}
	err := k.tls.Handshake()
	if err == nil && !stop() {
		err = ctx.Err()
	}
	if err != nil {
		e.tlsFailed(c, err)
		e.countOut(in.peer, in.kind)
		return
	}
	k.pipe.real, in.tls = nil, k
	if err := h.hand(c, in); err != nil {
		e.countOut(in.peer, in.kind)
		e.acceptErrors.Add(1)
		e.cfg.Logger.Warn("no loop could take a connection after its TLS handshake", "err", err)
	}
}

// proxyBefore reads the PROXY protocol header that stands before the TLS handshake, under the time that both have. It
// is what proxyHeader is on a loop.
func (e *Engine) proxyBefore(c net.Conn, in *arrival, k *tlsLink) error {
	var b []byte
	for {
		src, n, err := parseProxyHeader(b)
		switch {
		case err != nil:
			e.reasons[ReasonProxyHeader].Add(1)
			if e.badProxies.begins(e.clock()) {
				e.cfg.Logger.Warn("a trusted proxy sent no correct PROXY protocol header", "peer", in.peer, "err", err)
			}
			return err
		case n == 0:
			more := make([]byte, 512)
			got, err := c.Read(more)
			if got == 0 {
				e.reasons[ReasonProxyTimeout].Add(1)
				return err
			}
			b = append(b, more[:got]...)
			continue
		}
		k.pipe.in = b[n:]
		if !src.told {
			return nil
		}
		in.peer = src.addr
		if src.addr.IsValid() && e.cfg.Proxy.trustsAddr(src.addr.Addr()) {
			return nil // a proxy that may name somebody else
		}
		if herr := e.admission.charge(src.addr.Addr(), e.wall()); herr != nil {
			e.refused.Add(1)
			e.reasons[herr.reason].Add(1)
			return herr
		}
		in.kind &^= flagUncharged
		return nil
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
