package raw_test

import (
	"context"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/hub"
	"go.uber.org/goleak"
)

// The two goroutines of a pool that gnet's packages make at their init are there from the start and never end.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func newHub(t testing.TB, cfg hub.Config) *hub.Hub {
	t.Helper()
	h, err := hub.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// serve runs an engine for the length of the test and returns its URL.
func serve(t testing.TB, h engine.Handler) string {
	t.Helper()
	e, _ := enginetest.Serve(t, engine.Config{Loops: 2}, h)
	return "ws://" + e.Addrs()[0].String()
}

func dial(t testing.TB, url string) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}
