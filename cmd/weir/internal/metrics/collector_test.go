package metrics

import (
	"flag"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/binance"
	"github.com/weir-ws/weir/hub/feed"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fed is a feed in memory and its collector.
type fed struct {
	*enginetest.Server
	hub     *hub.Hub
	feed    *feed.Feed
	streams *binance.Streams
	reg     *prometheus.Registry
	sources Sources
}

func newFed(t *testing.T) *fed {
	t.Helper()
	f := &fed{}
	var err error
	if f.hub, err = hub.New(hub.Config{MaxChannelsPerMember: 2}); err != nil {
		t.Fatal(err)
	}
	anybody := feed.Config{PermitPublish: func(any, string) bool { return true }}
	if f.feed, err = feed.New(f.hub, anybody); err != nil {
		t.Fatal(err)
	}
	if f.streams, err = binance.New(f.hub, binance.Config{}); err != nil {
		t.Fatal(err)
	}
	f.Server = enginetest.New(t, engine.Config{
		Loops: 2, MaxConns: 100, HighWatermark: 1000, LowWatermark: 100, PingAfter: -1, DeadAfter: -1, Compression: engine.Compression{Enabled: true, Threshold: 10},
		Memory: engine.MemoryConfig{Budget: 2 << 20, Used: func() int64 { return 1 << 20 }},
	}, f.handler())
	f.sources = Sources{Engine: f.Engine(), Hub: f.hub, Feed: f.feed, Binance: f.streams,
		Published: func() (uint64, uint64) { return 7, 1234 },
		Ready:     func() bool { return true },
		Draining:  func() bool { return false },
	}
	f.reg = prometheus.NewPedanticRegistry()
	f.reg.MustRegister(New(f.sources))
	return f
}

// handler serves both dialects.
func (f *fed) handler() engine.Handler {
	hd := f.feed.Handler()
	other := func(c *engine.Conn) bool { _, ok := c.User().(*binance.Session); return ok }
	upgrade, open, message, end := hd.Upgrade, hd.Open, hd.Message, hd.Close
	hd.Upgrade = func(r *http.Request) (engine.Accept, error) {
		if binance.Serves(r.URL.Path) {
			return f.streams.Upgrade(r)
		}
		return upgrade(r)
	}
	hd.Open = func(c *engine.Conn) {
		if f.streams.Open(c); !other(c) {
			open(c)
		}
	}
	hd.Message = func(c *engine.Conn, op frame.Op, p []byte) {
		if f.streams.Message(c, op, p); !other(c) {
			message(c, op, p)
		}
	}
	hd.Close = func(c *engine.Conn, err error) {
		if f.streams.Close(c, err); !other(c) {
			end(c, err)
		}
	}
	return hd
}

// open connects a subscriber of channels.
func (f *fed) open(t *testing.T, loop int, channels ...string) *enginetest.Client {
	t.Helper()
	return f.openWith(t, loop, nil, channels...)
}

// openWith does so with more header lines.
func (f *fed) openWith(t *testing.T, loop int, headers []string, channels ...string) *enginetest.Client {
	t.Helper()
	c := f.DialLoop(loop)
	if r := c.Handshake("/feed", headers...); r.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(r.Status)
	}
	for _, ch := range channels {
		c.Send(frame.OpText, fmt.Appendf(nil, `{"type":"subscribe","channel":%q}`, ch))
	}
	f.Settle()
	return c
}

func (f *fed) publish(t *testing.T, channel string, n, size int) {
	t.Helper()
	for range n {
		if err := f.feed.Publish(t.Context(), channel, []byte(`"`+strings.Repeat("x", size)+`"`), 1); err != nil {
			t.Fatal(err)
		}
	}
	f.Settle()
}

// work is a workload in which everything happens that can be made to in memory, each a known number of times.
func (f *fed) work(t *testing.T) {
	t.Helper()
	a, b := f.open(t, 0, "x", "y"), f.open(t, 1, "x")
	f.publish(t, "x", 10, 20)
	f.publish(t, "nobody", 3, 20)
	a.Send(frame.OpText, []byte(`{"type":"nonsense"}`))
	b.Stall()
	f.publish(t, "x", 5, 600) // one is sent, one queued, and with both the watermark is reached
	f.Advance(enginetest.TickIdle)
	gone := f.open(t, 0)
	gone.Send(frame.OpClose, frame.AppendClose(nil, 4000, ""))
	gone.CloseWrite()
	broken := f.open(t, 1)
	broken.Write([]byte{0xc1, 0x80, 0, 0, 0, 0}) // RSV1 without an extension
	broken.CloseWrite()
	full := f.open(t, 0, "x", "y", "z") // one channel more than it may have
	full.CloseWrite()
	packs := f.openWith(t, 1, []string{"Sec-WebSocket-Extensions: permessage-deflate"})
	for _, text := range []string{`{"type":"publish","channel":"n","data":"` + strings.Repeat("a", 100) + `"}`, strings.Repeat("a", 1<<20)} {
		p := frame.NewDeflater(1).Append(nil, []byte(text), nil, frame.MaxWindowBits)
		packs.Write(frame.AppendFrame(nil, frame.Header{Fin: true, RSV: frame.RSV1, Op: frame.OpText, Masked: true}, p))
	}
	packs.CloseWrite()
	f.Advance(time.Second) // memory is looked at
	if r := f.Dial().Handshake("/nowhere"); r.StatusCode != http.StatusNotFound {
		t.Fatal(r.Status)
	}
	f.Settle()
}

// Each value is the one of Stats, and what the workload did.
func TestValues(t *testing.T) {
	f := newFed(t)
	f.work(t)
	e, h, fd := f.Engine().Stats(), f.hub.Stats(), f.feed.Stats()
	for _, c := range []struct {
		what        string
		stat, known float64
	}{
		{"weir_connections", float64(e.Conns), 3}, // the 404 lingers
		{"weir_connections_open", float64(e.Open), 2},
		{"weir_connections_slow", float64(e.Slow), 1},
		{"weir_connections_max", 100, 100},
		{"weir_queue_bytes", float64(e.Queued), -1},
		{`weir_handshakes_total{result="accepted"}`, float64(e.Handshakes), 6},
		{`weir_handshakes_total{result="rejected"}`, float64(e.Rejected), 1},
		{`weir_handshakes_total{result="timed_out"}`, float64(e.HandshakeTimeouts), 0},
		{`weir_handshakes_total{result="refused"}`, float64(e.Refused), 0},
		{`weir_disconnects_total{code="1002"}`, float64(e.Closed[1002]), 1},
		{`weir_disconnects_total{code="1000"}`, float64(e.Closed[1000]), 0},
		{`weir_disconnects_total{code="3000"}`, float64(e.Closed[3000]), 1},
		{"weir_messages_received_total", float64(e.MessagesIn), 8},
		{"weir_messages_sent_total", float64(e.MessagesOut), -1},
		{"weir_received_bytes_total", float64(e.BytesIn), -1},
		{"weir_sent_bytes_total", float64(e.BytesOut), -1},
		{"weir_writes_total", float64(e.Writes), -1},
		{`weir_messages_dropped_total{reason="slow_consumer"}`, float64(e.Dropped), 3},
		{`weir_messages_dropped_total{reason="closing"}`, float64(h.Closed), 0},
		{`weir_slow_consumers_total{action="drop"}`, float64(e.SlowDropped), 1},
		{`weir_slow_consumers_total{action="disconnect"}`, float64(e.SlowClosed + fd.Evictions), 0},
		{"weir_channels", float64(h.Channels), 2},
		{"weir_channels_retained", float64(h.Retained), 2},
		{"weir_subscriptions", float64(h.Subscriptions), 3},
		{"weir_publishes_total", float64(h.Published), 19},
		{"weir_publish_receivers_count", float64(h.Published), 19},
		{"weir_publish_receivers_sum", h.Receivers.Sum, 30},
		{"weir_publish_backlog", 0, 0},
		{`weir_deliveries_total{outcome="sent"}`, float64(h.Sent), 26},
		{`weir_deliveries_total{outcome="queued"}`, float64(h.Queued), 1},
		{"weir_requests_total", float64(fd.Requests), 8},
		{"weir_request_errors_total", float64(fd.Errors), 2},
		{"weir_subscriptions_refused_total", float64(fd.OverLimit), 1},
		{"weir_sessions_expired_total", float64(fd.Expired), 0},
		{"weir_publishes_received_total", float64(fd.Published), 1},
		{`weir_interventions_total{reason="handler"}`, float64(e.Reasons[engine.ReasonHandler]), 1},
		{`weir_interventions_total{reason="inflate"}`, float64(e.Reasons[engine.ReasonInflate]), 1},
		{"weir_compressions_total", float64(e.Deflations), 1},
		{`weir_inflations_total{place="loop"}`, float64(e.Inflations - e.InflatedApart), 1},
		{`weir_inflations_total{place="apart"}`, float64(e.InflatedApart), 1},
		{"weir_memory_used_bytes", 1 << 20, 1 << 20},
		{"weir_memory_budget_bytes", 2 << 20, 2 << 20},
		{"weir_memory_short", 0, 0},
		{"weir_source_messages_total", 7, 7},
		{"weir_source_bytes_total", 1234, 1234},
		{`weir_panics_total{part="hub"}`, 0, 0},
		{"weir_ready", 1, 1},
		{"weir_draining", 0, 0},
		{`weir_loop_lag_seconds{loop="1"}`, 0, 0},
	} {
		got, ok := gathered(t, f.reg)[c.what]
		if !ok || got != c.stat {
			t.Errorf("%s is %g (there: %v), Stats has %g", c.what, got, ok, c.stat)
		}
		if c.known >= 0 && got != c.known {
			t.Errorf("%s is %g, the workload makes it %g", c.what, got, c.known)
		}
	}
	if e.Queued < 600 || e.BytesIn == 0 || e.BytesOut == 0 || e.Writes == 0 || e.MessagesOut == 0 {
		t.Errorf("what the workload cannot know to the byte is missing: %+v", e)
	}
}

// Connections are told apart by what they speak, and patterns count whether they have brought channels or not.
func TestDialectsAndPatterns(t *testing.T) {
	f := newFed(t)
	f.open(t, 0, "x", "a*", "*")
	gone := f.open(t, 1, "*", "x")
	for range 3 {
		c := f.Dial()
		if r := c.Handshake("/ws/x"); r.StatusCode != http.StatusSwitchingProtocols {
			t.Fatal(r.Status)
		}
	}
	f.Settle()
	for _, want := range []map[string]float64{
		{`weir_sessions{dialect="weir"}`: 2, `weir_sessions{dialect="binance"}`: 3, "weir_pattern_subscriptions": 3, "weir_subscriptions": 5},
		{`weir_sessions{dialect="weir"}`: 1, `weir_sessions{dialect="binance"}`: 3, "weir_pattern_subscriptions": 2, "weir_subscriptions": 4},
	} {
		got := gathered(t, f.reg)
		for name, n := range want {
			if got[name] != n {
				t.Errorf("%s is %g, want %g", name, got[name], n)
			}
		}
		gone.CloseWrite()
		f.Settle()
	}
}

// gathered is every sample by its name and label, as an exposition shows it.
func gathered(t *testing.T, g prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			name := f.GetName()
			for _, l := range m.Label {
				name += fmt.Sprintf("{%s=%q}", l.GetName(), l.GetValue())
			}
			switch {
			case m.Counter != nil:
				all[name] = m.Counter.GetValue()
			case m.Gauge != nil:
				all[name] = m.Gauge.GetValue()
			case m.Histogram != nil:
				all[name+"_count"], all[name+"_sum"] = float64(m.Histogram.GetSampleCount()), m.Histogram.GetSampleSum()
			}
		}
	}
	return all
}

// Prometheus' own linter has nothing to say about the names, units and help texts.
func TestLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(newFed(t).reg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// Dashboards and alerts of people we do not know use these names: they change on purpose or not at all.
func TestNamesAreGolden(t *testing.T) {
	families, err := newFed(t).reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range families {
		fmt.Fprintf(&b, "%s %s", f.GetName(), strings.ToLower(f.GetType().String()))
		var values []string
		label := ""
		for _, m := range f.Metric {
			for _, l := range m.Label {
				label = l.GetName()
				values = append(values, l.GetValue())
			}
		}
		if label != "" {
			fmt.Fprintf(&b, " %s=%s", label, strings.Join(values, ","))
		}
		b.WriteString("\n")
	}
	testkit.Golden(t, filepath.Join("testdata", "names.txt"), b.String(), *update)
}

// Series must not grow with what clients do.
func TestCardinalityIsBounded(t *testing.T) {
	f := newFed(t)
	count := func() int { return len(gathered(t, f.reg)) }
	before := count()
	f.work(t)
	for code := frame.Status(3000); code < 3100; code++ {
		c := f.open(t, 0, fmt.Sprint("channel", code))
		c.Send(frame.OpClose, frame.AppendClose(nil, code, ""))
		c.CloseWrite()
	}
	if after := count(); after != before {
		t.Errorf("%d series before, %d after", before, after)
	}
}

// The whole registry has what Go and the process tell, and passes Prometheus' checks of consistency.
func TestRegistry(t *testing.T) {
	families, err := Registry(newFed(t).sources).Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	for _, want := range []string{"weir_connections", "go_goroutines", "go_memstats_heap_inuse_bytes", "go_build_info", "process_open_fds", "process_max_fds"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s", want)
		}
	}
}
