package engine

import (
	"errors"
	"net/http"
	"runtime/debug"

	"github.com/weir-ws/weir/frame"
)

var (
	errRejected         = errors.New("the handshake was refused")
	errHandshakeTimeout = errors.New("the request head was not complete in time")
	errProxyTimeout     = errors.New("the PROXY protocol header was not complete in time")
)

// handshake collects the request head and answers it. It returns the bytes behind the
// head: RFC 6455 lets a client send frames as soon as it has sent its request.
func (c *Conn) handshake(p []byte) (rest []byte) {
	if c.flags&flagProxyDue != 0 {
		if p = c.proxyHeader(p); len(p) == 0 {
			return nil
		}
	}
	b, from := p, 0
	if c.rare != nil && c.rare.head != nil {
		c.rare.head = append(c.rare.head, p...)
		b, from = c.rare.head, c.rare.scanned
	}
	n, next, herr := scanHead(b, from, c.loop.e.head)
	switch {
	case herr != nil:
		c.loop.stats.note(ReasonBadHandshake)
		c.reject(herr)
		return nil
	case n == 0:
		r := c.more()
		if r.head == nil {
			r.head = append(make([]byte, 0, max(512, len(p))), p...)
		}
		r.scanned = next
		return nil
	}
	if c.rare != nil {
		c.rare.head = nil
	}
	req, herr := parseHead(b[:n])
	if herr != nil {
		c.loop.stats.note(ReasonBadHandshake)
	} else {
		herr = c.accept(req)
	}
	if herr != nil {
		c.reject(herr)
		return nil
	}
	return b[n:]
}

// accept checks the request, asks the handler and opens the connection.
func (c *Conn) accept(req *http.Request) *HTTPError {
	l := c.loop
	key, herr := checkUpgrade(req)
	if herr != nil {
		l.stats.note(ReasonBadHandshake)
		return herr
	}
	if herr := c.identify(req.Header); herr != nil {
		return herr
	}
	if !originAllowed(req, l.e.cfg.Origins) {
		l.stats.note(ReasonOrigin)
		return &HTTPError{Status: http.StatusForbidden, Body: "origin not allowed"}
	}
	if l.e.draining.Load() {
		l.stats.note(ReasonDraining)
		return &HTTPError{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"1"}}, Body: "server is going away"}
	}
	req.RemoteAddr = peerString(c.socket().Peer())
	a, herr := c.callUpgrade(req)
	if herr == nil {
		herr = l.e.negotiate(req, &a)
	}
	if herr != nil {
		l.stats.note(ReasonHandler)
		return herr
	}
	out, err := appendAccept(l.reply.buf, req, key, a)
	if err != nil {
		l.stats.note(ReasonHandler)
		l.e.cfg.Logger.Error("Handler.Upgrade returned an Accept that cannot be sent; the client got 500", "err", err)
		return &HTTPError{Status: http.StatusInternalServerError}
	}
	l.reply.buf = out
	c.waits()
	c.user = a.User
	if a.Subprotocol != "" {
		c.more().subprotocol = a.Subprotocol
	} else if c.rare != nil && c.rare.closeErr == nil {
		c.rare = nil
	}
	c.agree(a.deflate)
	c.state = stateOpen
	l.stats.handshakes.Add(1)
	c.callOpen()
	return nil
}

func (c *Conn) callUpgrade(req *http.Request) (a Accept, herr *HTTPError) {
	l := c.loop
	if l.e.h.Upgrade == nil {
		return Accept{}, nil
	}
	returned := false
	defer func() {
		if r := recover(); r == nil {
			if !returned {
				l.exits()
			}
		} else {
			l.stats.panics.Add(1)
			l.e.cfg.Logger.Error("Handler.Upgrade panicked; the client got 500", "panic", r, "stack", string(debug.Stack()))
			herr = &HTTPError{Status: http.StatusInternalServerError}
		}
	}()
	a, err := l.e.h.Upgrade(req)
	returned = true
	if err == nil {
		return a, nil
	}
	if errors.As(err, &herr) && herr != nil {
		return a, herr
	}
	l.e.cfg.Logger.Error("Handler.Upgrade failed; the client got 500", "err", err)
	return a, &HTTPError{Status: http.StatusInternalServerError}
}

// reject answers with e and ends the connection once the answer is out.
func (c *Conn) reject(e *HTTPError) {
	l := c.loop
	l.stats.rejected.Add(1)
	l.reply.buf = appendReject(l.reply.buf, e)
	c.waits()
	r := c.more()
	r.head = nil
	r.closeErr = &CloseError{Code: frame.StatusAbnormal, Err: errRejected}
	c.linger()
}
