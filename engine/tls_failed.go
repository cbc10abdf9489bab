package engine

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// tlsFailed ends a connection whose handshake failed, and tells a client that speaks HTTP what it did wrong.
func (e *Engine) tlsFailed(c net.Conn, err error) {
	e.offLoop.tlsErrors.Add(1)
	if errors.Is(err, os.ErrDeadlineExceeded) && !e.draining.Load() {
		e.offLoop.handshakeTimeouts.Add(1)
		e.reasons[ReasonHandshakeTimeout].Add(1)
	}
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
