package engine

import "net/netip"

// Two kinds of connections come: a client's own is counted in and out under its address from accept to the end. A trusted
// proxy's is counted at accept in all but the limits of an address, because whose it is shows only in the PROXY protocol
// header or in the request; then it is charged to that address. ProxyConfig.trusts tells the kinds apart, alike at every
// time; flagUncharged is set while a connection of the second kind is not charged, so that each is counted out as it
// was counted in.

// admitPeer counts a connection from peer in, or says how to refuse it; then it is counted as refused. Any goroutine may
// call it.
func (e *Engine) admitPeer(peer netip.AddrPort) *HTTPError {
	var herr *HTTPError
	if e.cfg.Proxy.trusts(peer) {
		herr = e.admission.admitProxy(e.wall())
	} else {
		herr = e.admission.admit(peer.Addr(), e.wall())
	}
	if herr != nil {
		e.refused.Add(1)
		e.reasons[herr.reason].Add(1)
	}
	return herr
}

// countOut takes admitPeer back, or what has become of it: kind has flagUncharged while no address is charged. Any goroutine
// may call it.
func (e *Engine) countOut(peer netip.AddrPort, kind connFlags) {
	if kind&flagUncharged != 0 {
		e.admission.releaseProxy()
		return
	}
	e.admission.release(peer.Addr())
}

// untrusted counts a connection to a listener for proxies from somebody who is none.
func (e *Engine) untrusted(peer netip.AddrPort) {
	e.refused.Add(1)
	e.reasons[ReasonProxyUntrusted].Add(1)
	if e.strangers.begins(e.clock()) {
		e.cfg.Logger.Warn("refused a connection to an address for proxies only", "peer", peer, "err", errUntrustedProxy)
	}
}
