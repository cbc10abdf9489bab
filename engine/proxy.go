package engine

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// ProxyConfig says whose word about a client's address is taken. The address that a trusted proxy tells is what
// the limits of an address charge, what Request.RemoteAddr shows and what Conn.RemoteAddr returns; its port is 0 if the
// proxy told none.
type ProxyConfig struct {
	// Trusted are the addresses of proxies in front of us. Empty: nobody is believed, and every connection's
	// address is that of its socket. Who is in here can say anything: name no range that clients come from.
	Trusted []netip.Prefix
	// TrustUnix trusts the peers of "unix:" addresses, which have no address themselves.
	TrustUnix bool
	// Headers are the request headers in which trusted proxies name their client: "X-Forwarded-For", "Forwarded"
	// (RFC 7239) and "X-Real-IP". The first of them that a request has is believed, and the others are not
	// looked at. Empty: X-Forwarded-For alone. Name only what your proxy itself sets in every
	// request: another header is passed on as the client wrote it.
	//
	// The first two are lists, to which each proxy adds the peer it saw. They are read from their end: the
	// first address that is not Trusted is the client's; if all are, the first of the list.
	Headers []string
	// HeaderTimeout is the time from accept to the complete PROXY protocol header (0: 3 s) on the addresses of
	// Config.Addrs that require one. It is absolute.
	HeaderTimeout time.Duration
}

const (
	headerForwardedFor = "X-Forwarded-For"
	headerForwarded    = "Forwarded"
	headerRealIP       = "X-Real-Ip" // canonical
)

func (c *ProxyConfig) withDefaults() {
	if len(c.Headers) == 0 {
		c.Headers = []string{headerForwardedFor}
	}
	hs := make([]string, len(c.Headers))
	for i, h := range c.Headers {
		hs[i] = http.CanonicalHeaderKey(h)
	}
	c.Headers = hs
	ps := make([]netip.Prefix, len(c.Trusted))
	for i, p := range c.Trusted {
		if p.Addr().Is4In6() && p.Bits() >= 96 { // peers are compared unmapped
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		ps[i] = p
	}
	c.Trusted = ps
	orDur(&c.HeaderTimeout, 3*time.Second)
}

// proxied returns the addresses on which the PROXY protocol is required.
func (c *Config) proxied() (all []listenAddr) {
	for _, s := range c.Addrs {
		if a := parseAddr(s); a.proxied {
			all = append(all, a)
		}
	}
	for _, ln := range c.Listeners {
		if l := asListener(ln); l.Proxy && l.Listener != nil {
			all = append(all, listenAddr{l.Addr().Network(), l.Addr().String(), true, l.TLS})
		}
	}
	return all
}

func (c *ProxyConfig) validate(proxied []listenAddr) (errs []error) {
	bad := func(field, why string) { errs = append(errs, &ConfigError{Field: "Proxy." + field, Why: why}) }
	if c.HeaderTimeout < 0 {
		bad("HeaderTimeout", "must not be negative")
	}
	if slices.ContainsFunc(c.Trusted, func(p netip.Prefix) bool { return !p.IsValid() }) {
		bad("Trusted", `has an invalid prefix; make them with netip.MustParsePrefix("10.0.0.0/8")`)
	}
	for _, h := range c.Headers {
		if h != headerForwardedFor && h != headerForwarded && h != headerRealIP {
			bad("Headers", "has "+h+"; there are X-Forwarded-For, Forwarded and X-Real-IP")
		}
	}
	for _, a := range proxied {
		if a.network == "unix" && !c.TrustUnix || a.network == "tcp" && len(c.Trusted) == 0 {
			bad("Trusted", "names nobody who may connect to "+a.String()+", where only trusted proxies may")
		}
	}
	return errs
}

// trusts tells whether a peer is a proxy whose word is taken. It reads nothing that changes, so it has the same answer for
// a connection at any time. Any goroutine may call it.
func (c *ProxyConfig) trusts(peer netip.AddrPort) bool {
	if !peer.IsValid() {
		return c.TrustUnix
	}
	return c.trustsAddr(peer.Addr())
}

func (c *ProxyConfig) trustsAddr(a netip.Addr) bool {
	if len(c.Trusted) == 0 {
		return false
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(c.Trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}

// client returns the address that a request from a trusted proxy names; false if it names none.
func (c *ProxyConfig) client(h http.Header) (netip.AddrPort, bool) {
	for _, name := range c.Headers {
		lines := h[name]
		if len(lines) == 0 {
			continue
		}
		switch name {
		case headerRealIP:
			// A proxy sets it. Where there are two all the same, the last is of the proxy next to us.
			return parseNode(lines[len(lines)-1])
		case headerForwarded:
			return c.first(forwardedFor(lines))
		default:
			return c.first(forwardedList(lines))
		}
	}
	return netip.AddrPort{}, false
}

// first goes through what proxies added, the latest first, and stops at the first address that is no trusted proxy's. What
// is no address ("unknown", or rubbish) ends the list: whoever wrote it told nothing, and what lies
// before it could be the client's invention.
func (c *ProxyConfig) first(hops func(yield func(string) bool)) (client netip.AddrPort, ok bool) {
	for hop := range hops {
		a, isAddr := parseNode(hop)
		if !isAddr {
			break
		}
		client, ok = a, true
		if !c.trustsAddr(a.Addr()) {
			break
		}
	}
	return client, ok
}

var errUntrustedProxy = errors.New("the peer is no trusted proxy, and its listener takes no others; see Config.Proxy.Trusted")
