package engine_test

import (
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// A connection that loses messages counts once until it has caught up; what waits for it is told as of the last tick.
func TestStatsOfSlowConnections(t *testing.T) {
	m := inMemory(t, engine.Config{HighWatermark: 1000, LowWatermark: 100, WriteTimeout: -1}, engine.Handler{})
	send := func(n int) (dropped int) {
		m.on(func(c *engine.Conn) {
			for range n {
				if c.Send(frame.OpBinary, make([]byte, 496)) == engine.Dropped {
					dropped++
				}
			}
		})
		m.Advance(100 * time.Millisecond)
		return dropped
	}
	want := func(what string, queued int64, dropped, episodes uint64) {
		t.Helper()
		s := m.Engine().Stats()
		if s.Queued != queued || s.Dropped != dropped || s.SlowDropped != episodes {
			t.Errorf("%s: %d bytes queued, %d dropped, %d times; want %d, %d, %d", what, s.Queued, s.Dropped, s.SlowDropped, queued, dropped, episodes)
		}
	}
	send(1)
	want("in time", 0, 0, 0)
	m.Stall()
	send(1)
	want("stalled", 500, 0, 0)
	if n := send(3); n != 2 {
		t.Fatalf("%d were dropped, want 2", n)
	}
	want("full", 1000, 2, 1)
	send(1)
	want("full still", 1000, 3, 1)
	m.Unstall()
	m.Advance(time.Second)
	want("caught up", 0, 3, 1)
	m.Stall()
	send(5)
	want("full again", 1000, 6, 2)
	m.Reset()
	m.Advance(100 * time.Millisecond)
	want("gone", 0, 6, 2)
}
