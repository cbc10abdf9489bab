package engine

import (
	"net/http"
	"net/netip"

	"github.com/weir-ws/weir/frame"
)

// expectProxy makes a connection that was just opened wait for a PROXY protocol header.
func (c *Conn) expectProxy() {
	l := c.loop
	c.flags |= flagProxyDue
	l.proxies.push(c, l.now+int64(l.e.cfg.Proxy.HeaderTimeout))
}

// proxyHeader collects the PROXY protocol header, and returns the bytes behind it.
func (c *Conn) proxyHeader(p []byte) (rest []byte) {
	l, b := c.loop, p
	if c.rare != nil && c.rare.head != nil {
		c.rare.head = append(c.rare.head, p...)
		b = c.rare.head
	}
	src, n, err := parseProxyHeader(b)
	switch {
	case err != nil:
		// No answer: we don't know in what protocol.
		l.stats.note(ReasonProxyHeader)
		if l.e.badProxies.begins(l.now) {
			l.e.cfg.Logger.Warn("a trusted proxy sent no correct PROXY protocol header", "peer", c.socket().Peer(), "err", err)
		}
		c.lostBecause(&CloseError{Code: frame.StatusAbnormal, Err: err})
		return nil
	case n == 0:
		if r := c.more(); r.head == nil {
			r.head = append(make([]byte, 0, max(256, len(p))), p...)
		}
		return nil
	}
	c.flags &^= flagProxyDue
	if c.rare != nil {
		c.rare.head = nil
	}
	if src.told {
		c.socket().SetPeer(src.addr)
		if !src.addr.IsValid() || !l.e.cfg.Proxy.trustsAddr(src.addr.Addr()) {
			// Whom the header names is no proxy that could name somebody else.
			if herr := c.chargePeer(); herr != nil {
				c.reject(herr)
				return nil
			}
		}
	}
	return b[n:]
}

// proxyLate closes a connection whose PROXY protocol header did not come in time.
func (c *Conn) proxyLate() bool {
	if c.state != stateHandshake || c.flags&flagProxyDue == 0 {
		return false
	}
	c.loop.stats.note(ReasonProxyTimeout)
	c.lostBecause(&CloseError{Code: frame.StatusAbnormal, Err: errProxyTimeout})
	return true
}

// identify finds out whose request a trusted proxy has passed on, and charges the connection to that address. An error is the
// answer to give: that address has too many connections, or makes them too fast.
func (c *Conn) identify(h http.Header) *HTTPError {
	if c.flags&flagUncharged == 0 {
		return nil
	}
	if a, ok := c.loop.e.cfg.Proxy.client(h); ok {
		c.socket().SetPeer(a)
	}
	return c.chargePeer()
}

func (c *Conn) chargePeer() *HTTPError {
	l := c.loop
	if herr := l.e.admission.charge(c.socket().Peer().Addr(), l.e.wall()); herr != nil {
		l.stats.note(herr.reason)
		return herr
	}
	c.flags &^= flagUncharged
	return nil
}

// countOut takes back what counted the connection in.
func (c *Conn) countOut() { c.loop.e.countOut(c.socket().Peer(), c.flags) }

// peerString is Request.RemoteAddr for the connection: "host:port", "" where there is no address.
func peerString(p netip.AddrPort) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}
