package serve

import (
	"net/http"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/auth"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/binance"
	"github.com/weir-ws/weir/hub/feed"
)

// dialects is the engine's handler for the protocols that are served on one port, told apart by the path of the handshake and from then on
// by the connection's user.
type dialects struct {
	feed    *feed.Feed
	binance *binance.Streams
}

// openStreams makes the Binance dialect. Who may have what is decided as for the feed.
func (s *server) openStreams(known func(string) bool) (*binance.Streams, error) {
	cfg := binance.Config{Known: known}
	if s.auth != nil {
		cfg.Authenticate = s.auth.Subscriber
		cfg.Permit = func(user any, stream string) bool { return user.(*auth.User).MaySubscribe(stream) }
		if s.auth.Refreshes() {
			cfg.Expires = func(user any) time.Time { return user.(*auth.User).Expires() }
		}
	}
	return binance.New(s.hub, cfg)
}

func (d *dialects) handler() engine.Handler {
	return engine.Handler{
		Upgrade: d.upgrade, Open: d.open, Message: d.message, Close: d.close, Tick: d.tick,
		Drain: d.drain,
	}
}

func (d *dialects) upgrade(r *http.Request) (engine.Accept, error) {
	if binance.Serves(r.URL.Path) {
		return d.binance.Upgrade(r)
	}
	return d.feed.Upgrade(r)
}

func isBinance(c *engine.Conn) bool {
	_, ok := c.User().(*binance.Session)
	return ok
}

func (d *dialects) open(c *engine.Conn) {
	if isBinance(c) {
		d.binance.Open(c)
	} else {
		d.feed.Open(c)
	}
}

func (d *dialects) message(c *engine.Conn, op frame.Op, p []byte) {
	if isBinance(c) {
		d.binance.Message(c, op, p)
	} else {
		d.feed.Message(c, op, p)
	}
}

func (d *dialects) close(c *engine.Conn, err error) {
	if isBinance(c) {
		d.binance.Close(c, err)
	} else {
		d.feed.Close(c, err)
	}
}

func (d *dialects) drain(c *engine.Conn) {
	if isBinance(c) {
		d.binance.Drain(c)
	} else {
		d.feed.Drain(c)
	}
}

func (d *dialects) tick(l *engine.Loop) {
	d.feed.Tick(l)
	d.binance.Tick(l)
}

// panicked is for hub.Config.Panicked.
func panicked(m hub.Member, value any, stack []byte) {
	if !binance.Panicked(m, value, stack) {
		feed.Panicked(m, value, stack)
	}
}
