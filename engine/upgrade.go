package engine

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
)

var (
	// ErrNotRunning is wrapped by the error of Upgrade while Run is not running.
	ErrNotRunning = errors.New("engine: Upgrade works only while Run runs; start it before the HTTP server")
	// ErrNoHijack is wrapped by the error of Upgrade if the ResponseWriter cannot give its connection away.
	ErrNoHijack = errors.New("engine: the ResponseWriter cannot be hijacked; a middleware that wraps it must have an Unwrap method, and HTTP/2 never can")
	// ErrNoDescriptor is wrapped by the error of Upgrade if the connection is none that a loop can poll: a
	// *net.TCPConn or *net.UnixConn, or the engine's own. A listener that wraps its connections hides it.
	ErrNoDescriptor = errors.New("engine: the connection has no descriptor to poll; serve HTTP on a plain TCP or unix listener")
)

// Upgrade makes a WebSocket of the connection of a request that any net/http server has received, and puts it on a
// loop. It is for programs with routers and middleware of their own; a handshake that comes to the
// engine's own addresses needs none of it.
//
// The request is judged like any handshake: RFC 6455 4.2.1, then Config.Origins, then the caps and rates of the address, which
// a proxy in Config.Proxy may tell, then Handler.Upgrade, which runs on the caller's goroutine here and may block. Header fields that were set on w go
// into the 101 answer, unless they describe a body; Accept.Header wins over them.
//
// The request is answered in every case, so a handler has nothing left to do but to return, and should: the
// goroutine of the connection ends with it. After a nil error w and the connection are the engine's. Any error is
// an [*HTTPError], which says what was answered, and may wrap ErrNotRunning, ErrNoHijack, ErrNoDescriptor or ErrClosed.
// Any goroutine may call it except a loop's.
func (e *Engine) Upgrade(w http.ResponseWriter, r *http.Request) error {
	// On a connection of this engine's own server the count at the admission is there already.
	own, _ := r.Context().Value(webConnKey{}).(*webConn)
	if own != nil && own.w.e != e {
		own = nil
	}
	e.callerOf(r)
	u := &upgrade{e: e, r: r, own: own, peer: peerOf(r)}
	defer u.giveUp() // what is counted, unless a loop has it in the end
	if herr := u.decide(w.Header()); herr != nil {
		u.refuse(w, herr)
		return herr
	}
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		herr := &HTTPError{Status: http.StatusInternalServerError, cause: fmt.Errorf("%w: %w", ErrNoHijack, err)}
		e.cfg.Logger.Error("a WebSocket handshake cannot be taken over from net/http; the client got 500", "err", herr.cause)
		u.refuse(w, herr)
		return herr
	}
	u.a.rest = buffered(rw.Reader)
	if err := u.enter(nc); err != nil {
		return u.tooLate(nc, err)
	}
	return nil
}

// upgrade is one call of Engine.Upgrade.
type upgrade struct {
	e       *Engine
	r       *http.Request
	own     *webConn // the connection, if a loop of this engine handed it over
	peer    netip.AddrPort
	counted bool // this call has counted peer in, and must count it out unless a loop gets the connection
	a       adoption
}

// adoption is what a loop needs to go on with a connection whose handshake was read elsewhere.
type adoption struct {
	answer []byte // the 101 answer
	accept Accept
	rest   []byte // what came behind the request
}

// decide is everything that can be refused while w can still answer.
func (u *upgrade) decide(set http.Header) *HTTPError {
	e := u.e
	key, herr := checkUpgrade(u.r)
	switch {
	case herr != nil:
		return u.because(ReasonBadHandshake, herr)
	case !originAllowed(u.r, e.cfg.Origins):
		return u.because(ReasonOrigin, &HTTPError{Status: http.StatusForbidden, Body: "origin not allowed"})
	case e.draining.Load():
		return u.because(ReasonDraining, goingAway())
	case e.host.Load() == nil:
		return unavailable("server is starting", ErrNotRunning)
	}
	if u.own == nil || u.own.kind != 0 || u.own.peer.Addr() != u.peer.Addr() {
		if herr := e.admission.admit(u.peer.Addr(), e.wall()); herr != nil {
			e.refused.Add(1)
			return u.because(herr.reason, herr)
		}
		u.counted = true
	}
	if u.a.accept, herr = e.callUpgrade(u.r, &e.offLoop.panics, func() {}); herr == nil {
		u.a.accept.Header = merged(set, u.a.accept.Header)
		u.a.answer, herr = e.answer(nil, u.r, key, u.a.accept)
	}
	if herr != nil {
		return u.because(ReasonHandler, herr)
	}
	return nil
}

// because counts a refusal.
func (u *upgrade) because(why Reason, herr *HTTPError) *HTTPError {
	u.e.reasons[why].Add(1)
	return herr
}

// giveUp takes back the count of a connection that no loop has got, whatever the reason: also runtime.Goexit in Handler.Upgrade.
func (u *upgrade) giveUp() {
	if u.counted {
		u.counted = false
		u.e.admission.release(u.peer.Addr())
	}
}
