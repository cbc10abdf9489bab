package engine

import (
	"bufio"
	"bytes"
	"net/http"
	"sync"
)

// headReader is what http.ReadRequest reads a head from.
type headReader struct {
	src bytes.Reader
	buf *bufio.Reader
}

var headReaders = sync.Pool{New: func() any {
	r := new(headReader)
	r.buf = bufio.NewReader(&r.src)
	return r
}}

// parseHead makes a request of a head that scanHead found complete and correct; it must be
// nothing else, because the byte-level checks are made there. Nothing of the request
// refers to head afterwards. Its Body is http.NoBody whatever the head declared, while
// ContentLength and TransferEncoding say what that was.
//
// Where several things are wrong, Host is judged first, then what http.ReadRequest finds (the
// target as a URL, Content-Length, Transfer-Encoding), then the form of the target.
func parseHead(head []byte) (*http.Request, *HTTPError) {
	if err := checkHost(head); err != nil {
		return nil, err
	}
	if r := parsePlain(head); r != nil {
		return r, nil
	}
	hr := headReaders.Get().(*headReader)
	hr.src.Reset(head)
	hr.buf.Reset(&hr.src)
	r, err := http.ReadRequest(hr.buf)
	if r != nil {
		r.Body = http.NoBody // the one made by ReadRequest holds on to hr.buf
	}
	hr.src.Reset(nil)
	headReaders.Put(hr)
	if err != nil {
		e := badRequest("malformed request target, Content-Length or Transfer-Encoding")
		e.cause = err
		return nil, e
	}
	if !targetFormAllowed(r) {
		return nil, badRequest(`malformed request target; use a path like "/feed"`)
	}
	return r, nil
}

// checkHost counts and checks the Host lines of a head, in all forms of the target.
//
// RFC 9112 3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1
// request message that lacks a Host header field and to any request message that
// contains more than one Host header field line or a Host header field with an invalid
// field value." HTTP/1.0 may lack it.
func checkHost(head []byte) *HTTPError {
	line, rest := cutLine(head)
	hosts := 0
	old := bytes.HasSuffix(line, []byte("HTTP/1.0"))
	for len(rest) > 0 {
		line, rest = cutLine(rest)
		if len(line) < 5 || line[4] != ':' || !equalFold(line[:4], "host") {
			continue
		}
		if hosts++; hosts > 1 {
			return badRequest("more than one Host header")
		}
		if !validHost(string(bytes.Trim(line[5:], " \t"))) {
			return badRequest("malformed Host header")
		}
	}
	if hosts == 0 && !old {
		return badRequest("the Host header is missing")
	}
	return nil
}

// targetFormAllowed checks the four forms of RFC 9112 3.2, of which net/http checks some. RFC 6455
// 4.1 (requirement 3): the target is the resource name or "an absolute http/https URI". In
// the absolute form its authority stands for Host (RFC 9112 3.2.2), so it gets the same
// check; user information in it is treated as an error, as RFC 9110 4.2.4 advises.
func targetFormAllowed(r *http.Request) bool {
	switch t := r.RequestURI; {
	case r.Method == http.MethodConnect: // authority-form, only here
		_, port := splitHostPort(t)
		return port != "" && validHost(t)
	case t[0] == '/': // origin-form
		return true
	case t == "*": // asterisk-form, "only used for a server-wide OPTIONS request"
		return r.Method == http.MethodOptions
	default: // absolute-form
		u := r.URL
		return (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.Opaque == "" && validHost(u.Host)
	}
}
