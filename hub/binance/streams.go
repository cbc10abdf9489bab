package binance

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/internal/lease"
)

// Streams serves the dialect to the connections of one or more engines. Make one with [New].
type Streams struct {
	hub *hub.Hub
	cfg Config

	sessions         atomic.Int64
	requests, errors atomic.Uint64
	evictions        atomic.Uint64

	held   sync.Map // *engine.Loop -> *hub.Holds, of those loops that have any
	leases lease.Loops[*Session]
}

// New returns the streams of h's channels. It starts no goroutine, and there is nothing to close. The error says that h is nil.
func New(h *hub.Hub, cfg Config) (*Streams, error) {
	if h == nil {
		return nil, errors.New("binance: no hub; make one with hub.New")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Streams{hub: h, cfg: cfg}, nil
}

// Serves tells whether a request for path is for the dialect: it is /ws or /stream, or below /ws/.
func Serves(path string) bool {
	return path == "/ws" || path == "/stream" || path == "/stream/" || strings.HasPrefix(path, "/ws/")
}

// asked returns the streams that a URL names, and whether their payloads are wrapped.
func asked(r *http.Request) (streams []string, combined bool) {
	list, below := strings.CutPrefix(r.URL.Path, "/ws")
	if !below {
		list, combined = r.URL.Query().Get("streams"), true
	}
	for s := range strings.SplitSeq(list, "/") {
		if s != "" {
			streams = append(streams, s)
		}
	}
	return streams, combined
}

// Upgrade is for engine.Handler.Upgrade, for requests whose path it [Serves]. Accept.User is a [*Session]. The error is an
// *engine.HTTPError with 404 for another path, 400 for streams that cannot be, 403 for such that the user may not have, or that of
// Config.Authenticate. Any goroutine may call it.
func (s *Streams) Upgrade(r *http.Request) (engine.Accept, error) {
	if !Serves(r.URL.Path) {
		return engine.Accept{}, refusal(http.StatusNotFound, "there are streams at /ws/NAME and /stream?streams=NAME/NAME only")
	}
	n := &Session{streams: s}
	if s.cfg.Authenticate != nil {
		var err error
		if n.user, err = s.cfg.Authenticate(r); err != nil {
			return engine.Accept{}, err
		}
	}
	first, combined := asked(r)
	if len(first) > MaxStreams {
		return engine.Accept{}, refusal(http.StatusBadRequest, "a connection has at most 1024 streams")
	}
	for _, name := range first {
		if err := hub.ValidateChannel(name); err != nil {
			return engine.Accept{}, refusal(http.StatusBadRequest, err.Error())
		}
		if !s.permit(n.user, name) {
			return engine.Accept{}, refusal(http.StatusForbidden, "you may not have the stream "+name)
		}
	}
	n.combined = combined
	if len(first) > 0 {
		n.first = &first
	}
	return engine.Accept{User: n}, nil
}

func refusal(status int, text string) error {
	return &engine.HTTPError{Status: status, Body: text + "\n"}
}

func (s *Streams) permit(user any, name string) bool {
	return s.cfg.Permit == nil || s.cfg.Permit(user, name)
}

// Open is for engine.Handler.Open: it subscribes to the streams that the URL named.
func (s *Streams) Open(c *engine.Conn) {
	n, ok := c.User().(*Session)
	if !ok {
		return
	}
	n.conn = c
	s.sessions.Add(1)
	n.lend()
	if n.first != nil {
		for _, name := range *n.first {
			_ = n.subscribe(name) // whatever is wrong with it: the exchange says nothing either
		}
		n.first = nil
	}
}

// Message is for engine.Handler.Message: it carries out a request and answers it.
func (s *Streams) Message(c *engine.Conn, op frame.Op, p []byte) {
	n, ok := c.User().(*Session)
	if !ok {
		return
	}
	if op != frame.OpText {
		c.Close(frame.StatusUnsupported, "requests are JSON in text messages")
		return
	}
	s.requests.Add(1)
	n.request(p)
}

// Close is for engine.Handler.Close: it takes the connection out of its streams.
func (s *Streams) Close(c *engine.Conn, _ error) {
	if n, ok := c.User().(*Session); ok {
		s.hub.LeaveAll(c.Loop(), n)
		n.releaseAll()
		n.giveBack()
		s.sessions.Add(-1)
	}
}

// Panicked is for hub.Config.Panicked, for members that are a [*Session]: one that panicked has been taken out of its streams without being
// told, so its connection is closed with 1011. It reports whether m is one, and logs the panic with slog then.
func Panicked(m hub.Member, value any, stack []byte) bool {
	n, ok := m.(*Session)
	if ok {
		slog.Error("binance: a member of the hub panicked; its connection is closed", "panic", value, "stack", string(stack))
		n.releaseAll()
		n.conn.Close(frame.StatusInternalError, "internal error")
	}
	return ok
}

// Stats are totals since the streams were made, and the level now.
type Stats struct {
	Sessions int64 // open connections

	Requests  uint64 // text messages from clients
	Errors    uint64 // error answers
	Evictions uint64 // connections closed with 1013 because an answer found the high watermark reached
}

// Stats returns the counters. Any goroutine may call it.
func (s *Streams) Stats() Stats {
	return Stats{Sessions: s.sessions.Load(), Requests: s.requests.Load(), Errors: s.errors.Load(), Evictions: s.evictions.Load()}
}
