package raw_test

import (
	"context"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/weir-ws/weir/engine"
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
	e, err := engine.New(engine.Config{Addrs: []string{"127.0.0.1:0"}, Loops: 2, DrainWindow: -1}, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Listen(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- e.Run(context.Background()) }()
	t.Cleanup(func() {
		if err := e.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
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
