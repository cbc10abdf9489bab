package tail

import (
	"strings"
	"testing"
	"time"
)

func TestMeter(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	m := newMeter()
	for i := range 100 {
		m.add(now, now.UnixNano()-int64(i+1)*1e6, 1000) // 1 to 100 ms
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
	m.add(now, 0, 1)                                         // no time at all
	m.add(now, now.Add(-61*time.Second).UnixNano(), 1)       // a replay
	m.add(now, now.Add(1001*time.Millisecond).UnixNano(), 1) // another clock
	if got := m.latencies(); got != "latency n/a" {
		t.Errorf("latencies are %q", got)
	}
	m.add(now, now.Add(10*time.Millisecond).UnixNano(), 1) // from a clock that is a bit ahead
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
	a.add(now, now.UnixNano()-1e6, 10)
	b.add(now, now.UnixNano()-3e6, 20)
	a.merge(b)
	if a.messages != 2 || a.bytes != 30 || a.latency.TotalCount() != 2 {
		t.Errorf("merged: %d messages, %d bytes, %d latencies", a.messages, a.bytes, a.latency.TotalCount())
	}
	if b.messages != 0 || b.latency.TotalCount() != 0 {
		t.Error("what was merged is still there")
	}
}
