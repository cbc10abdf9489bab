package compare

import (
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		i    Interval
		want string
	}{
		{Interval{Ratio: 0.96, Low: 0.94, High: 0.98, Pairs: 10}, "faster by 4.0 % (-6.0 .. -2.0 %)"},
		{Interval{Ratio: 1.1, Low: 1.05, High: 1.2, Pairs: 10}, "slower by 10.0 % (+5.0 .. +20.0 %)"},
		{Interval{Ratio: 1.005, Low: 0.99, High: 1.02, Pairs: 10}, "no difference seen (-1.0 .. +2.0 %)"},
		{Interval{Ratio: 0.5, Low: 0.4, High: 0.6, Pairs: 5}, "too few pairs to tell: 5, wanted are 6 (-60.0 .. -40.0 %)"},
	} {
		if got := verdict(c.i, cpu); got != c.want {
			t.Errorf("%+v: %q, want %q", c.i, got, c.want)
		}
	}
}

func TestCompare(t *testing.T) {
	c := cell.Cell{Name: "fan", Kind: cell.Fan}
	var samples []result.Sample
	add := func(name, server string, round int, cpu float64, noisy bool) {
		samples = append(samples, result.Sample{Cell: name, Server: server, Round: round, Messages: 1e6, UserCPU: cpu / 2, SystemCPU: cpu / 2, Noisy: noisy})
	}
	for r := 1; r <= 10; r++ {
		machine := float64(r) // it gets slower from round to round: pairs must not mind
		add("fan", "base", r, 10*machine, false)
		add("fan", "head", r, 99, true) // replaced
		add("fan", "head", r, 9*machine, false)
		add("other", "head", r, 77, false)
	}
	add("fan", "head", 11, 500, false) // base failed there
	k, ok := Compare(samples, c, cpu, "base", "head")
	if !ok || k.Pairs != 10 || !near(k.Ratio, 0.9, 1e-9) || !near(k.Base, 55, 1e-9) || !near(k.Head, 49.5, 1e-9) {
		t.Errorf("%+v, %v", k, ok)
	}
	if !strings.HasPrefix(k.Verdict, "faster by 10.0 %") {
		t.Errorf("the verdict is %q", k.Verdict)
	}
	if _, ok := Compare(samples, c, p99, "base", "head"); ok {
		t.Error("samples without a latency were compared by it")
	}
}

func TestEveryCellHasMetrics(t *testing.T) {
	s := &result.Sample{
		Messages: 10, UserCPU: 1, Handshakes: 10, Connections: 10, RSSEmpty: 100, RSSHeld: 200, RSSPeak: 1e6 + 200,
		Latency: &result.Latency{P99: 3e6},
	}
	want := map[string]float64{"CPU per message": 1e5, "CPU per handshake": 1e5, "bytes per connection": 10, "p99": 3, "memory growth": 1}
	for _, c := range cell.All() {
		metrics := Metrics(c)
		if len(metrics) == 0 {
			t.Errorf("%s has none", c.Name)
		}
		for _, m := range metrics {
			if got := m.Of(s); got != want[m.Name] {
				t.Errorf("%s of %s is %v, want %v", m.Name, c.Name, got, want[m.Name])
			}
			if got := m.Of(&result.Sample{}); got != 0 {
				t.Errorf("%s of an empty sample is %v", m.Name, got)
			}
		}
	}
}
