package tail

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub/feed/client"
)

func TestMeter(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	m := newMeter()
	for i := range 100 {
		m.add(now, &client.Message{TS: now.UnixNano() - int64(i+1)*1e6}, 1000) // 1 to 100 ms
	}
	if got, want := m.rates(2*time.Second), "50 msg/s  0.05 MB/s"; got != want {
		t.Errorf("rates are %q, want %q", got, want)
	}
	// Three significant digits of HdrHistogram: values are rounded up to the bucket's end.
	if got, want := m.latencies(), "latency p50 50ms p99 99ms max 100ms"; got != want {
		t.Errorf("latencies are %q, want %q", got, want)
	}
	if m.remarks() != "" {
		t.Errorf("remarks are %q", m.remarks())
	}
}

func TestMeterKnowsWhatIsNoLatency(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	m := newMeter()
	m.add(now, &client.Message{TS: 0}, 1)                                           // no time at all
	m.add(now, &client.Message{TS: now.Add(-61 * time.Second).UnixNano()}, 1)       // a replay
	m.add(now, &client.Message{TS: now.Add(1001 * time.Millisecond).UnixNano()}, 1) // another clock
	if got := m.latencies(); got != "latency n/a" {
		t.Errorf("latencies are %q", got)
	}
	m.add(now, &client.Message{TS: now.Add(10 * time.Millisecond).UnixNano()}, 1) // from a clock that is a bit ahead
	if got, want := m.latencies(), "latency p50 0s p99 0s max 0s"; got != want {
		t.Errorf("latencies are %q, want %q", got, want)
	}
	r := m.remarks()
	if m.messages != 4 || !strings.Contains(r, "no latency for 2 messages") || !strings.Contains(r, "1 message came before") {
		t.Errorf("%d messages, remarks %q", m.messages, r)
	}
}

func TestMeterMerge(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	a, b := newMeter(), newMeter()
	a.add(now, &client.Message{TS: now.UnixNano() - 1e6}, 10)
	b.add(now, &client.Message{TS: now.UnixNano() - 3e6}, 20)
	a.merge(b)
	if a.messages != 2 || a.bytes != 30 || a.hops[whole].TotalCount() != 2 {
		t.Errorf("merged: %d messages, %d bytes, %d latencies", a.messages, a.bytes, a.hops[whole].TotalCount())
	}
	if b.messages != 0 || b.hops[whole].TotalCount() != 0 {
		t.Error("what was merged is still there")
	}
}

// A server that tells when it took a message in and wrote it shows where the time goes.
func TestMeterHops(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	here := now.UnixNano()
	m := newMeter()
	for range 1000 {
		m.add(now, &client.Message{TS: here - 10e6, Recv: here - 7e6, Sent: here - 2e6}, 1)
	}
	m.add(now, &client.Message{TS: 1, Recv: here - 40e6, Sent: here + 1e6}, 1) // a replay, and a server whose clock is ahead
	want := []string{
		"staleness  p50 10ms  p90 10ms  p99 10ms  p99.9 10ms  max 10ms",
		"to server  p50 3ms  p90 3ms  p99 3ms  p99.9 3ms  max 3ms",
		"in server  p50 5ms  p90 5ms  p99 5ms  p99.9 5ms  max 41ms",
		"to here    p50 2ms  p90 2ms  p99 2ms  p99.9 2ms  max 2ms",
	}
	if got := m.staleness(); !slices.Equal(got, want) {
		t.Errorf("staleness is\n%q\nwant\n%q", got, want)
	}
	if got := newMeter().staleness(); got != nil {
		t.Errorf("of nothing it is %q", got)
	}
}
