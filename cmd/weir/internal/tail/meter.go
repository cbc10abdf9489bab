package tail

import (
	"fmt"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
	"github.com/weir-ws/weir/hub/feed/client"
)

// meter counts messages and how old they are. Where the publisher's clock and ours differ, their age is wrong by the difference; where ts is no time of
// day at all, as in a replay, there is none.
type meter struct {
	messages, bytes uint64
	hops            [hops]*hdrhistogram.Histogram // us
	foreign         uint64                        // messages whose ts is of another time
	ahead           uint64                        // messages from our future: the clocks differ
}

// What a message has behind it when it arrives. All but the whole need a server that tells when it has taken in and written a message.
const (
	whole    = iota // from the publisher's ts to here
	toServer        // from ts until the server had it
	inServer        // until the server wrote it: what it waited there
	toHere          // until it arrived
	hops
)

var hopNames = [hops]string{"staleness", "to server", "in server", "to here"}

const (
	maxLatency = time.Minute // more is another time, not a delay
	maxAhead   = time.Second
)

func newMeter() *meter {
	m := new(meter)
	for i := range m.hops {
		m.hops[i] = hdrhistogram.New(1, maxLatency.Microseconds(), 3)
	}
	return m
}

// add takes a message that arrived at now.
func (m *meter) add(now time.Time, msg *client.Message, size int) {
	m.messages++
	m.bytes += uint64(size)
	here := now.UnixNano()
	switch d := time.Duration(here - msg.TS); {
	case msg.TS == 0:
	case d > maxLatency || d < -maxAhead:
		m.foreign++
	default:
		if d < 0 {
			m.ahead++
		}
		m.note(whole, msg.TS, here)
	}
	m.note(toServer, msg.TS, msg.Recv)
	m.note(inServer, msg.Recv, msg.Sent)
	m.note(toHere, msg.Sent, here)
}

// note takes one hop, if its ends are known and can be those of one. Clocks that differ a little make it 0 at least.
func (m *meter) note(hop int, from, to int64) {
	d := time.Duration(to - from)
	if from == 0 || to == 0 || d > maxLatency || d < -maxAhead {
		return
	}
	_ = m.hops[hop].RecordValue(max(0, d.Microseconds())) // within the bounds, as was just seen
}

// merge adds o, and empties it.
func (m *meter) merge(o *meter) {
	m.messages += o.messages
	m.bytes += o.bytes
	m.foreign += o.foreign
	m.ahead += o.ahead
	for i := range m.hops {
		m.hops[i].Merge(o.hops[i])
		o.hops[i].Reset()
	}
	*o = meter{hops: o.hops}
}

// rates is "1,362 msg/s  0.35 MB/s".
func (m *meter) rates(over time.Duration) string {
	s := max(over.Seconds(), 1e-3)
	return fmt.Sprintf("%s msg/s  %.2f MB/s", terminal.Count(uint64(float64(m.messages)/s+0.5)), float64(m.bytes)/s/1e6)
}

func us(v int64) string { return terminal.Duration(time.Duration(v) * time.Microsecond) }

// latencies is "latency p50 310us p99 1.2ms max 4ms".
func (m *meter) latencies() string {
	h := m.hops[whole]
	if h.TotalCount() == 0 {
		return "latency n/a"
	}
	return fmt.Sprintf("latency p50 %s p99 %s max %s", us(h.ValueAtQuantile(50)), us(h.ValueAtQuantile(99)), us(h.Max()))
}

// staleness has a line for each hop that is known: "in server  p50 12us  p90 20us  p99 31us  p99.9 80us  max 1.2ms".
func (m *meter) staleness() (lines []string) {
	for i, h := range m.hops {
		if h.TotalCount() == 0 {
			continue
		}
		line := fmt.Sprintf("%-9s", hopNames[i])
		for _, q := range []float64{50, 90, 99, 99.9} {
			line += fmt.Sprintf("  p%g %s", q, us(h.ValueAtQuantile(q)))
		}
		lines = append(lines, line+"  max "+us(h.Max()))
	}
	return lines
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
