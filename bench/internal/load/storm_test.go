package load

import (
	"context"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/faulty"
)

func TestStorm(t *testing.T) {
	s := server(t, faulty.Fault{})
	var e ends
	r, err := Storm(context.Background(), StormPlan{Addr: s.Addr(), Concurrent: 20, Warm: 20 * time.Millisecond, Measure: 150 * time.Millisecond}, e.window())
	if err != nil {
		t.Fatal(err)
	}
	e.check(t)
	if r.Handshakes < 20 || r.Latency.TotalCount() != r.Handshakes || r.Elapsed < 150*time.Millisecond {
		t.Errorf("%d handshakes, %d latencies in %v", r.Handshakes, r.Latency.TotalCount(), r.Elapsed)
	}
}

func TestAStormCancelled(t *testing.T) {
	s := server(t, faulty.Fault{})
	ctx, cancel := context.WithCancel(context.Background())
	var e ends
	w := e.window()
	w.Begin = func() { e.begun++; cancel() }
	r, err := Storm(ctx, StormPlan{Addr: s.Addr(), Concurrent: 5, Measure: time.Hour}, w)
	if err != context.Canceled {
		t.Errorf("%v after %d handshakes", err, r.Handshakes)
	}
	e.check(t)
}
