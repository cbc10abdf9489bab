package feed

import (
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/internal/lease"
)

// Feed serves the protocol to the connections of one or more engines. Make one with [New].
type Feed struct {
	hub      *hub.Hub
	cfg      Config
	forms    *forms
	notFound *engine.HTTPError

	leases lease.Loops[*Session]
	slow   sync.Map // *engine.Loop -> *slowLoop, of those loops that have any

	sessions                    atomic.Int64
	requests, errors, evictions atomic.Uint64
	overLimit                   atomic.Uint64
	published, expired          atomic.Uint64
	conflated, overflowed       atomic.Uint64
}

// New returns a feed of h's channels. It starts no goroutine, and there is nothing to close. The
// error says which field of cfg cannot work, or that h is nil.
func New(h *hub.Hub, cfg Config) (*Feed, error) {
	if h == nil {
		return nil, errors.New("feed: no hub; make one with hub.New")
	}
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	f := &Feed{hub: h, cfg: cfg, notFound: &engine.HTTPError{
		Status: http.StatusNotFound,
		Body:   "there is no WebSocket service at this path; the feed is at " + cfg.Path + "\n",
	}}
	f.forms = newForms(f)
	return f, nil
}

// Handler returns the handler for an engine that serves nothing but this feed.
func (f *Feed) Handler() engine.Handler {
	return engine.Handler{Upgrade: f.Upgrade, Open: f.Open, Message: f.Message, Drain: f.Drain, Close: f.Close, Tick: f.Tick}
}

// Path returns the path the feed is at.
func (f *Feed) Path() string { return f.cfg.Path }

// Upgrade is for engine.Handler.Upgrade: it accepts requests for the feed's path from whom
// Config.Authenticate lets in. Accept.User is a [*Session], by which a handler that serves other
// paths too knows the connections to call the feed for. The error is an *engine.HTTPError with
// 404 and a text that names the feed's path, that of Authenticate, or 400 for what the URL asks of the feed. The client gets the
// first of its subprotocols that is [Subprotocol] or [SubprotocolMsgpack], and JSON without one. Any goroutine may call it.
func (f *Feed) Upgrade(r *http.Request) (engine.Accept, error) {
	if r.URL.Path != f.cfg.Path {
		return engine.Accept{}, f.notFound
	}
	var user any
	if f.cfg.Authenticate != nil {
		var err error
		if user, err = f.cfg.Authenticate(r); err != nil {
			return engine.Accept{}, err
		}
	}
	protocol := negotiated(r)
	times, err := wantsTimes(r)
	if err != nil {
		return engine.Accept{}, err
	}
	return engine.Accept{User: f.forms.of(protocol, times).session(user), Subprotocol: protocol}, nil
}

// Open is for engine.Handler.Open. A connection whose User is not a [*Session], because the
// handshake was decided without [Feed.Upgrade], gets one with that User as its user.
func (f *Feed) Open(c *engine.Conn) {
	s, ok := c.User().(*Session)
	if !ok {
		s = f.NewSession(c.User())
		c.SetUser(s)
	}
	s.conn = c
	f.sessions.Add(1)
	s.lend()
}

// Message is for engine.Handler.Message: it carries out a request and answers it.
func (f *Feed) Message(c *engine.Conn, op frame.Op, p []byte) {
	s, ok := c.User().(*Session)
	if !ok {
		return
	}
	if op != frame.OpText {
		// RFC 6455 7.4.1: 1003 is for "a type of data it cannot accept (e.g., an endpoint that
		// understands only text data MAY send this if it receives a binary message)".
		c.Close(frame.StatusUnsupported, "the feed takes JSON in text messages")
		return
	}
	f.requests.Add(1)
	s.request(p)
}

// Close is for engine.Handler.Close: it takes the connection out of its channels.
func (f *Feed) Close(c *engine.Conn, _ error) {
	if s, ok := c.User().(*Session); ok {
		f.hub.LeaveAll(c.Loop(), s)
		s.waitNoMore()
		s.giveBack()
		s.forgetAll()
		f.sessions.Add(-1)
	}
}

// Panicked is for hub.Config.Panicked: a session that panicked, because Permit or Known did, has
// been taken out of its channels without being told, so its connection is closed with 1011 (internal
// error). The panic is logged with slog.
func Panicked(m hub.Member, value any, stack []byte) {
	slog.Error("feed: a member of the hub panicked; its connection is closed", "panic", value, "stack", string(stack))
	if s, ok := m.(*Session); ok {
		s.waitNoMore()
		s.conn.Close(frame.StatusInternalError, "internal error")
	}
}

// Stats are a feed's totals since it was made, and its level now. Messages that were not
// delivered to slow clients are counted by the hub.
type Stats struct {
	Sessions int64 // open connections

	Requests  uint64 // text messages from clients
	Errors    uint64 // error answers, to publishers over HTTP too
	OverLimit uint64 // of those, subscriptions refused because the connection has as many channels as it may
	Evictions uint64 // connections closed with 1013 because an answer found the high watermark reached
	Expired   uint64 // connections whose time by Config.Expires was over
	Published uint64 // messages that came in from clients, and through a Publisher

	Conflated uint64 // messages that a client did not get, because a later one of their key stood for them
	Overflown uint64 // messages that it did not get because more keys were held than ChannelOptions.MaxKeys

	// Holding is what is held for clients, as of each loop's last tick.
	Holding hub.HoldStats
}

// Stats returns the counters. Any goroutine may call it.
func (f *Feed) Stats() Stats {
	return Stats{
		Sessions:  f.sessions.Load(),
		Requests:  f.requests.Load(),
		Errors:    f.errors.Load(),
		OverLimit: f.overLimit.Load(),
		Evictions: f.evictions.Load(),
		Expired:   f.expired.Load(),
		Published: f.published.Load(),
		Conflated: f.conflated.Load(),
		Overflown: f.overflowed.Load(),
		Holding:   f.levels(),
	}
}
