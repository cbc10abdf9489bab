package tail

import (
	"fmt"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
)

// meter counts messages and their latency: the time from the publisher's ts to here. Where the publisher's clock and
// ours differ, it is wrong by the difference; where ts is no time of day at all, as in a replay, there is none.
type meter struct {
	messages, bytes uint64
	latency         *hdrhistogram.Histogram // us
	foreign         uint64                  // messages whose ts is of another time
	ahead           uint64                  // messages from our future: the clocks differ
}

const (
	maxLatency = time.Minute // more is another time, not a delay
	maxAhead   = time.Second
)

func newMeter() *meter {
	return &meter{latency: hdrhistogram.New(1, maxLatency.Microseconds(), 3)}
}

func (m *meter) add(now time.Time, ts int64, size int) {
	m.messages++
	m.bytes += uint64(size)
	if ts == 0 {
		return
	}
	d := time.Duration(now.UnixNano() - ts)
	if d > maxLatency || d < -maxAhead {
		m.foreign++
		return
	}
	if d < 0 {
		m.ahead++
		d = 0
	}
	_ = m.latency.RecordValue(d.Microseconds()) // within the bounds, as was just seen
}

// merge adds o, and empties it.
func (m *meter) merge(o *meter) {
	m.messages += o.messages
	m.bytes += o.bytes
	m.foreign += o.foreign
	m.ahead += o.ahead
	m.latency.Merge(o.latency)
	o.latency.Reset()
	*o = meter{latency: o.latency}
}

// rates is "1,362 msg/s  0.35 MB/s".
func (m *meter) rates(over time.Duration) string {
	s := max(over.Seconds(), 1e-3)
	return fmt.Sprintf("%s msg/s  %.2f MB/s", terminal.Count(uint64(float64(m.messages)/s+0.5)), float64(m.bytes)/s/1e6)
}

// latencies is "latency p50 310us p99 1.2ms max 4ms".
func (m *meter) latencies() string {
	h := m.latency
	if h.TotalCount() == 0 {
		return "latency n/a"
	}
	us := func(v int64) string { return terminal.Duration(time.Duration(v) * time.Microsecond) }
	return fmt.Sprintf("latency p50 %s p99 %s max %s",
		us(h.ValueAtQuantile(50)), us(h.ValueAtQuantile(99)), us(h.Max()))
}

// remarks says what one should know about the latencies; "" if nothing.
func (m *meter) remarks() string {
	var r []string
	if m.foreign > 0 {
		r = append(r, fmt.Sprintf("no latency for %s: their time is not of this moment (a replay, or a clock that is wrong)",
			terminal.Plural(m.foreign, "message")))
	}
	if m.ahead > 0 {
		r = append(r, fmt.Sprintf("%s came before their own time: the clocks differ", terminal.Plural(m.ahead, "message")))
	}
	return strings.Join(r, "; ")
}

// missing is "gaps 2 (17 messages)".
func (t *tracker) missing() string {
	s := "gaps " + terminal.Count(t.gaps)
	if t.gaps > 0 {
		s += " (" + terminal.Plural(t.missed, "message") + ")"
	}
	if t.conflated > 0 {
		s += ", " + terminal.Count(t.conflated) + " conflated"
	}
	if t.repeated > 0 {
		s += ", " + terminal.Count(t.repeated) + " repeated"
	}
	if t.restarts > 0 {
		s += ", " + terminal.Plural(t.restarts, "restart")
	}
	return s
}
