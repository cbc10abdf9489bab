package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
)

func TestTrimMemoryEndsWithItsContextAndWithTheEngine(t *testing.T) {
	e, err := engine.New(engine.Config{Addrs: []string{"127.0.0.1:0"}}, engine.Handler{})
	if err != nil {
		t.Fatal(err)
	}
	ended := func(why string, ctx context.Context, end func()) {
		t.Helper()
		done := make(chan struct{})
		go func() { e.TrimMemory(ctx); close(done) }()
		select {
		case <-done:
			t.Fatalf("it ended before %s", why)
		case <-time.After(10 * time.Millisecond):
		}
		end()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatalf("it goes on after %s", why)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended("its context was cancelled", ctx, cancel)
	ended("the engine had ended", context.Background(), func() {
		if err := e.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
}
