package engine

import (
	"bufio"
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// refuse answers with herr through w, as appendReject would on a loop. The connection ends behind it, because what else
// the client sent may be frames as well as requests.
func (u *upgrade) refuse(w http.ResponseWriter, herr *HTTPError) {
	u.e.offLoop.rejected.Add(1)
	h := w.Header()
	for name, values := range herr.Header {
		if !ownedByReject(name) && checkField(name, values) == nil {
			h[http.CanonicalHeaderKey(name)] = values
		}
	}
	if u.r.ProtoMajor == 1 { // RFC 9113 8.2.2: no such field in HTTP/2
		h["Connection"] = []string{"close"}
		if h["Upgrade"] != nil { // RFC 9110 7.8, see appendReject; in a line of its own, because net/http reads no list here
			h["Connection"] = []string{"close", "Upgrade"}
		}
	} else {
		h.Del("Upgrade")
	}
	status := herr.Status
	if status < 200 || status > 599 {
		status = http.StatusInternalServerError
	}
	body := herr.Body
	if body == "" {
		body = http.StatusText(status)
	}
	if status == http.StatusNoContent || status == http.StatusResetContent || status == http.StatusNotModified {
		h.Del("Content-Type")
		w.WriteHeader(status)
		return
	}
	if herr.Header["Content-Type"] == nil {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // net/http sends none of it to HEAD
}

// merged is what goes into the 101 answer: what middleware has set on the ResponseWriter, a session's cookie for example, and
// what Handler.Upgrade adds. Fields of the first that make up the handshake or describe a body are left out.
func merged(set, accept http.Header) http.Header {
	var h http.Header
	for name, values := range set {
		if ownedByAccept(name) || strings.HasPrefix(name, "Content-") || checkField(name, values) != nil {
			continue
		}
		if h == nil {
			h = make(http.Header, len(set)+len(accept))
		}
		h[name] = values
	}
	if h == nil {
		return accept
	}
	maps.Copy(h, accept)
	return h
}

// buffered returns a copy of what net/http has read behind the request.
func buffered(br *bufio.Reader) []byte {
	p, _ := br.Peek(br.Buffered())
	return append([]byte(nil), p...)
}

// peerOf is the client's address as net/http, or a middleware that knows better, has put it into the request; the zero
// value if it is none, as with unix sockets.
func peerOf(r *http.Request) netip.AddrPort {
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port())
	}
	if a, err := netip.ParseAddr(r.RemoteAddr); err == nil {
		return netip.AddrPortFrom(a.Unmap().WithZone(""), 0)
	}
	return netip.AddrPort{}
}
