package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
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
	end := time.Now().Add(e.cfg.TLS.HandshakeTimeout)
	within := func(t time.Time) {
		if _ = c.SetDeadline(t); ctx.Err() != nil {
			_ = c.SetDeadline(time.Unix(1, 0)) // it ended meanwhile
		}
	}
	within(end)
	if in.proxied {
		in.proxied = false
		if own := time.Now().Add(e.cfg.Proxy.HeaderTimeout); own.Before(end) {
			within(own)
		}
		err := e.proxyBefore(c, in, k)
		if within(end); err != nil {
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
	e.room(ctx, c)
	if err := h.hand(c, in); err != nil {
		e.countOut(in.peer, in.kind)
		e.acceptErrors.Add(1)
		e.cfg.Logger.Warn("no loop could take a connection after its TLS handshake", "err", err)
	}
}

// proxyBefore reads the PROXY protocol header that stands before the TLS handshake, within Proxy.HeaderTimeout. It
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
				if errors.Is(err, os.ErrDeadlineExceeded) && !e.draining.Load() {
					e.reasons[ReasonProxyTimeout].Add(1)
				}
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
