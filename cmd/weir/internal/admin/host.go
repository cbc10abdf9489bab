package admin

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// local lets in to a listener on loopback only who asks for it by an address or as localhost. A page in a browser on this machine can
// have its own name lead to 127.0.0.1 and then read what is answered (DNS rebinding); the name in Host is what gives it away.
func local(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
		if ok && a.IP.IsLoopback() && !namesLocal(r.Host) {
			plain(w, http.StatusForbidden, "this listener is on loopback: ask for it by its address, or as localhost\n")
			return
		}
		h.ServeHTTP(w, r)
	})
}

// namesLocal tells whether a Host is an address or localhost (RFC 6761 6.3), with a port or without. HTTP/1.0 may have none.
func namesLocal(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
