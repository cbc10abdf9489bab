package report

import (
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/result"
)

// costs makes a run of one round in which each server's CPU is so many seconds per million messages, in each cell.
func costs(of map[string]map[string]float64) []result.Record {
	run := &result.Run{Rounds: 1}
	kinds := map[string]string{"bare": "bare", "gorilla": "goroutine per connection", "gws": "goroutine per connection"}
	out := []result.Record{{Run: run}}
	for _, server := range []string{weir, "uws", "bun", "gws", "gorilla", "bare"} {
		cells, ok := of[server]
		if !ok {
			continue
		}
		run.Servers = append(run.Servers, result.Server{Name: server, Kind: kinds[server]})
		for name, us := range cells {
			out = append(out, result.Record{Sample: &result.Sample{Cell: name, Server: server, Round: 1, Messages: 1e6, UserCPU: us,
				Handshakes: 1e4, Connections: 100, RSSEmpty: 1e6, RSSHeld: 1e6 + int64(us*1e5), RSSPeak: 1e6 + int64(us*1e5) + int64(us*1e6),
				Latency: &result.Latency{P99: int64(us * 1e6)}}})
		}
	}
	return append(out, result.Record{End: &result.End{}})
}

func outcome(t *testing.T, records []result.Record, text string) Outcome {
	t.Helper()
	for _, o := range judge(joined(records)) {
		if strings.Contains(o.Target, text) {
			return o
		}
	}
	t.Fatalf("no target %q", text)
	return Outcome{}
}

type of = map[string]map[string]float64

func TestTargets(t *testing.T) {
	for _, c := range []struct {
		target string
		in     of
		want   Verdict
		says   string
	}{
		{"bare write loop", of{weir: {"fan/1k/w1": 11}, "bare": {"fan/1k/w1": 10}}, Partly, "1.1× in fan/1k/w1 against bare"},
		{"bare write loop", of{weir: {"fan/1k/w1": 11.1}, "bare": {"fan/1k/w1": 10}}, NotReached, "1.11×"},
		{"bare write loop", of{weir: {"fan/1k/w1": 9, "fan/10k/w1": 12}, "bare": {"fan/1k/w1": 10, "fan/10k/w1": 10}}, NotReached, "1 of 2 comparisons fail: fan/10k/w1 against bare 1.2×"},
		{"bare write loop", of{weir: {"fan/1k/w1": 9}}, Unknown, "bare took no part"},
		{"one in flight: CPU against every goroutine", of{weir: {"fan/1k/w1": 8}, "gws": {"fan/1k/w1": 10}, "gorilla": {"fan/1k/w1": 9}}, NotReached, "0.889× in fan/1k/w1 against gorilla"},
		{"one in flight: CPU against every goroutine", of{weir: {"fan/1k/w1": 8}, "gws": {"fan/1k/w1": 10}}, Partly, "0.8×"},
		{"against Bun", of{weir: {"burst/100": 1}, "bun": {"burst/100": 1}}, Partly, "not measured: fan/1k/w8"},
		{"bursts: CPU against uWebSockets", of{weir: {"burst/10": 2}, "uws": {"burst/10": 1}}, NotReached, "2×"},
		{"coalescing bare", of{weir: {"burst/10": 1.25}, "bare": {"burst/10": 1}}, Partly, "1.25×"},
		{"times better", of{weir: {"burst/10": 1}, "gws": {"burst/10": 7.9}}, NotReached, "7.9×"},
		{"times better", of{weir: {"burst/10": 1}, "gws": {"burst/10": 9}, "gorilla": {"burst/10": 8}}, Partly, "8× in burst/10 against gorilla"},
		{"bare write loop", of{weir: {"fan/1k/w1": 9, "fan/10k/w1": 9, "fan/18k/w1": 9}, "bare": {"fan/1k/w1": 10, "fan/10k/w1": 9, "fan/18k/w1": 10}}, Reached, "1× in fan/10k/w1 against bare"},
		{"100 channels", of{weir: {"burst/100": 1, "burst/100/channels": 1.4}}, NotReached, "1.4×"},
		{"Echo: CPU against uWebSockets", of{weir: {"echo/200/1k/d1": 1.1}, "uws": {"echo/200/1k/d1": 1}}, Partly, "1.1×"},
		{"every Go rival", of{weir: {"echo/200/1k/d1": 1}, "gws": {"echo/200/1k/d1": 1}}, NotReached, "1×"},
		{"every Go rival", of{weir: {"echo/200/1k/d1": 1}}, Unknown, "any other Go server took no part"},
		{"Idle", of{weir: {"idle/18k": .7}}, Reached, "700 B"},
		{"Idle", of{weir: {"idle/18k": .701}}, NotReached, "701 B"},
		{"Idle", of{weir: {"echo/200/1k/d1": 1}}, Unknown, "not measured: idle/18k"},
		{"p99 of the healthy", of{weir: {"slow/none": 10, "slow/50": 13}}, Reached, "1.3×"},
		{"memory growth", of{weir: {"slow/50": 12.1}}, NotReached, "12.1 MB"},
		{"Storm", of{weir: {"storm": 2}, "uws": {"storm": 2}}, Reached, "1×"},
		{"Storm", of{weir: {"storm": 2}, "uws": {"storm": 1.9}}, NotReached, "0.95×"},
		{"Storm", of{"uws": {"storm": 2}}, Unknown, "weir took no part"},
	} {
		o := outcome(t, costs(c.in), c.target)
		if o.Verdict != c.want || !strings.Contains(o.Worst+" "+o.Others+" "+o.Gaps, c.says) {
			t.Errorf("%s of %v: %+v, want %s, %q", c.target, c.in, o, c.want, c.says)
		}
	}
}

func TestATargetIsNotReachedWhereWeirFailed(t *testing.T) {
	records := costs(of{weir: {"fan/1k/w1": 5}, "bare": {"fan/1k/w1": 10}})
	records = append(records[:2:2], result.Record{Failure: &result.Failure{Cell: "fan/1k/w1", Server: weir, Round: 2, Error: "lost one"}}, result.Record{Sample: records[2].Sample})
	if o := outcome(t, records, "bare write loop"); o.Verdict != NotReached || !strings.Contains(o.Others, "weir failed in fan/1k/w1") {
		t.Errorf("%+v", o)
	}
}

func TestAMissingRivalIsNamedWithItsReason(t *testing.T) {
	records := costs(of{weir: {"storm": 1}})
	records = append(records[:1:1], append([]result.Record{{Missing: &result.Missing{Name: "uws", Reason: "no compiler"}}}, records[1:]...)...)
	if o := outcome(t, records, "Storm"); o.Verdict != Unknown || o.Gaps != "uws took no part: no compiler" {
		t.Errorf("%+v", o)
	}
}

func TestScaleIsJudged(t *testing.T) {
	records := []result.Record{{Run: &result.Run{}},
		{Million: &result.Million{Connections: 1e6, Idle: &result.MillionIdle{Seconds: 100, UserCPU: 6}}},
		{Scale: &result.Scale{Connections: 1e6, Measures: []result.Measure{{Title: "Publish to all", Unit: "delivery", Nanos: 59, Target: 60}}}}}
	if o := outcome(t, records, "CPU while idle"); o.Verdict != NotReached || o.Worst != "0.060 core" {
		t.Errorf("%+v", o)
	}
	if o := outcome(t, records, "Publish to all"); o.Verdict != Reached || o.Worst != "59.0 ns per delivery" {
		t.Errorf("%+v", o)
	}
	if r := New(joined(records)); len(r.Scale) != 2 || len(r.Warnings) != 1 {
		t.Errorf("%d tables, warnings %q", len(r.Scale), r.Warnings)
	}
}
