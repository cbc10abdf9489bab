package engine

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
)

var errHandedOver = errors.New("net/http has the connection")

// detacher is a Socket that can give its stream to somebody else: the result is a blocking connection of its own, and
// what is closed afterwards is only the loop's hold on it.
type detacher interface {
	detach() (net.Conn, error)
}

// handOver gives the connection to net/http, with the bytes of its that were read so far, because its first request is no
// handshake. otherwise is what the request is answered with where nobody serves it. A nil result means
// that the connection is gone from the loop, or will be when this read ends.
func (c *Conn) handOver(read []byte, otherwise *HTTPError) *HTTPError {
	l := c.loop
	w := l.e.web
	d, ok := c.socket().(detacher)
	if w == nil || !ok {
		l.stats.note(ReasonBadHandshake)
		return otherwise
	}
	if l.e.draining.Load() {
		l.stats.note(ReasonDraining)
		return goingAway()
	}
	if !w.reserve() {
		l.stats.note(ReasonHTTPFull)
		return unavailable("too many HTTP connections", nil)
	}
	nc, err := d.detach()
	if err != nil {
		w.conns.Add(-1)
		l.stats.note(ReasonHTTPFull)
		l.e.cfg.Logger.Warn("cannot hand a connection to net/http; its client got 503", "err", err)
		return unavailable("no descriptors left", err)
	}
	// The count at the admission goes along.
	hc := &webConn{Conn: nc, w: w, peer: c.socket().Peer(), kind: c.flags & flagUncharged, ahead: bytes.Clone(read)}
	var pushed net.Conn = hc
	if t, ok := nc.(*tls.Conn); ok {
		pushed = &secureWebConn{hc, t}
	}
	if !w.ln.push(pushed) {
		hc.moved.Store(true) // still counted as ours
		w.conns.Add(-1)
		_ = nc.Close()
		l.stats.note(ReasonDraining)
		return goingAway()
	}
	l.stats.handedOver.Add(1)
	c.more().handedOver = true
	c.lostBecause(&CloseError{Err: errHandedOver})
	return nil
}

// isHandshake tells whether r is a WebSocket handshake, correct or broken: everything that is not for Handler.HTTP.
func isHandshake(r *http.Request) bool {
	_, herr := checkUpgrade(r)
	return herr == nil || !errors.Is(herr, errNotUpgrade)
}
