package feed_test

import (
	"context"
	"flag"
	"runtime"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The two goroutines of a pool that gnet's packages make at their init are there from the start and never end.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// server is a feed on real sockets.
type server struct {
	hub  *hub.Hub
	feed *feed.Feed
	eng  *engine.Engine
	url  string // of the feed
	host string // with "ws://"
}

func newFeed(t testing.TB, hc hub.Config, fc feed.Config) (*hub.Hub, *feed.Feed) {
	t.Helper()
	if hc.Panicked == nil {
		hc.Panicked = feed.Panicked
	}
	h, err := hub.New(hc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	f, err := feed.New(h, fc)
	if err != nil {
		t.Fatal(err)
	}
	return h, f
}

func serve(t testing.TB, hc hub.Config, fc feed.Config) *server {
	t.Helper()
	h, f := newFeed(t, hc, fc)
	s := &server{hub: h, feed: f}
	s.eng, _ = enginetest.Serve(t, engine.Config{Loops: 2}, f.Handler())
	s.host = "ws://" + s.eng.Addrs()[0].String()
	s.url = s.host + f.Path()
	return s
}

func (s *server) publish(t testing.TB, channel, data string, ts int64) {
	t.Helper()
	if err := s.feed.Publish(context.Background(), channel, []byte(data), ts); err != nil {
		t.Fatal(err)
	}
}

// client is a well-kept WebSocket client of somebody else's. A minute without an answer is a
// failure; nothing else about it is timed.
type client struct {
	t  testing.TB
	ws *websocket.Conn
}

const patience = time.Minute

func dial(t testing.TB, url string) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	ws.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &client{t, ws}
}

func (c *client) send(msg string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.ws.Write(ctx, websocket.MessageText, []byte(msg)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) read() string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	typ, p, err := c.ws.Read(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	if typ != websocket.MessageText {
		c.t.Fatalf("a %v message: %q", typ, p)
	}
	return string(p)
}

func (c *client) want(want string) {
	c.t.Helper()
	if got := c.read(); got != want {
		c.t.Fatalf("got  %s\nwant %s", got, want)
	}
}

// totalAlloc is every byte that was ever allocated.
func totalAlloc() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
