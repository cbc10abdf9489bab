package engine

import (
	"errors"
	"net/http"
	"runtime/debug"
	"sync/atomic"

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
	if c.deciding() {
		c.ahead(p)
		return nil
	}
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
	if herr != nil && errors.Is(herr, errNotUpgrade) {
		herr = c.handOver(b, herr)
	}
	switch {
	case herr != nil:
		c.reject(herr)
		return nil
	case c.state == stateDone: // handed over
		return nil
	case c.deciding():
		c.ahead(b[n:])
		return nil
	}
	return b[n:]
}

// accept checks the request, asks the handler and opens the connection.
func (c *Conn) accept(req *http.Request) *HTTPError {
	l := c.loop
	key, herr := checkUpgrade(req)
	if herr != nil {
		if !errors.Is(herr, errNotUpgrade) { // of which handOver may make something
			l.stats.note(ReasonBadHandshake)
		}
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
		return goingAway()
	}
	req.RemoteAddr = peerString(c.socket().Peer())
	if c.flags&flagTLS != 0 {
		req.TLS = tlsSocketOf(c).tlsState()
	}
	if l.e.cfg.Workers.Upgrade && l.e.h.Upgrade != nil {
		return c.decideAside(req, key)
	}
	a, herr := l.e.callUpgrade(req, &l.stats.panics, l.exits)
	if herr != nil {
		l.stats.note(ReasonHandler)
		return herr
	}
	if l.reply.buf, herr = l.e.answer(l.reply.buf, req, key, a); herr != nil {
		l.stats.note(ReasonHandler)
		return herr
	}
	c.opens(a)
	return nil
}

// opens makes the connection an open WebSocket, whose 101 answer stands in the loop's reply buffer.
func (c *Conn) opens(a Accept) {
	l := c.loop
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
}

func goingAway() *HTTPError { return unavailable("server is going away", ErrClosed) }

func unavailable(why string, cause error) *HTTPError {
	return &HTTPError{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"1"}}, Body: why, cause: cause}
}

// answer appends the 101 answer to dst.
func (e *Engine) answer(dst []byte, req *http.Request, key string, a Accept) ([]byte, *HTTPError) {
	out, err := appendAccept(dst, req, key, a)
	if err != nil {
		e.cfg.Logger.Error("Handler.Upgrade returned an Accept that cannot be sent; the client got 500", "err", err)
		return dst, &HTTPError{Status: http.StatusInternalServerError}
	}
	return out, nil
}

// callUpgrade asks the application, and negotiates what is the engine's; on which goroutine is the caller's business. exits
// is called if that goroutine is about to end by runtime.Goexit.
func (e *Engine) callUpgrade(req *http.Request, panics *atomic.Uint64, exits func()) (a Accept, herr *HTTPError) {
	if a, herr = e.askHandler(req, panics, exits); herr == nil {
		herr = e.negotiate(req, &a)
	}
	return a, herr
}

func (e *Engine) askHandler(req *http.Request, panics *atomic.Uint64, exits func()) (a Accept, herr *HTTPError) {
	if e.h.Upgrade == nil {
		return Accept{}, nil
	}
	returned := false
	defer func() {
		if r := recover(); r != nil {
			panics.Add(1)
			e.cfg.Logger.Error("Handler.Upgrade panicked; the client got 500", "panic", r, "stack", string(debug.Stack()))
			herr = &HTTPError{Status: http.StatusInternalServerError}
		} else if !returned {
			exits()
		}
	}()
	a, err := e.h.Upgrade(req)
	returned = true
	if err == nil {
		return a, nil
	}
	if errors.As(err, &herr) && herr != nil {
		return a, herr
	}
	e.cfg.Logger.Error("Handler.Upgrade failed; the client got 500", "err", err)
	return a, &HTTPError{Status: http.StatusInternalServerError}
}

// reject answers with e and ends the connection once the answer is out.
func (c *Conn) reject(e *HTTPError) {
	l := c.loop
	c.endDecision()
	l.stats.rejected.Add(1)
	l.reply.buf = appendReject(l.reply.buf, e)
	c.waits()
	r := c.more()
	r.head = nil
	r.closeErr = &CloseError{Code: frame.StatusAbnormal, Err: errRejected}
	c.linger()
}
