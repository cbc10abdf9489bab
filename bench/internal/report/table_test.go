package report

import (
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/result"
)

func TestCompared(t *testing.T) {
	for _, c := range []struct {
		in   result.Spread
		want string
	}{
		{result.Spread{Median: 1.2, Min: 1.1, Max: 1.3, N: 3}, wins},
		{result.Spread{Median: 0.8, Min: 0.7, Max: 0.9, N: 3}, loses},
		{result.Spread{Median: 0.97, Min: 0.9, Max: 1.02, N: 3}, level},
		{result.Spread{Median: 1.04, Min: 0.99, Max: 1.2, N: 3}, level},
		{result.Spread{Median: 0.98, Min: 0.98, Max: 0.98, N: 1}, loses},
		{result.Spread{Median: 1.001, Min: 1.001, Max: 1.002, N: 3}, level}, // printed as 1.00
	} {
		if got := compared(c.in); got != c.want {
			t.Errorf("%+v: %s, want %s", c.in, got, c.want)
		}
	}
}

// TestMoreIsBetterOnlyForHandshakes: over one says that Weir is better, whichever way a figure goes.
func TestMoreIsBetterOnlyForHandshakes(t *testing.T) {
	records := costs(of{weir: {"fan/1k/w1": 2}, "gws": {"fan/1k/w1": 4}})
	for i, n := range map[string]int64{weir: 300, "gws": 100} {
		records = append(records[:len(records)-1], result.Record{Sample: &result.Sample{Cell: "storm", Server: i, Round: 1, UserCPU: 1, Handshakes: n}}, records[len(records)-1])
	}
	h := headline(joined(records))
	if len(h.Rows) != 2 || h.Rows[0][2].Text != "2.00×" || h.Rows[1][2].Text != "3.00×" {
		t.Errorf("%+v", h.Rows)
	}
}

func TestLossesAreSaidInWords(t *testing.T) {
	s := joined(costs(of{weir: {"fan/1k/w1": 2, "burst/10": 1}, "uws": {"fan/1k/w1": 1, "burst/10": 1}, "gws": {"fan/1k/w1": 3, "burst/10": 3}, "bare": {"fan/1k/w1": .5}}))
	sentences, lost, even := answer(s)
	if want := "to uws in 1 of 2: Fan-out to 1000, 1 in flight (0.50×)"; len(lost) != 1 || lost[0] != want {
		t.Errorf("lost %q, want %q alone: a bare server is no rival", lost, want)
	}
	if len(even) != 1 || !strings.HasPrefix(even[0], "with uws in 1 of 2: Bursts of 10") {
		t.Errorf("level %q", even)
	}
	if want := "Weir is ahead of every rival in 0 of 2 comparisons, level with the best in 1 and behind at least one in 1."; sentences[0] != want {
		t.Errorf("%q", sentences[0])
	}
}

func TestAFailedServerHasNoRatio(t *testing.T) {
	records := costs(of{weir: {"fan/1k/w1": 2}, "gws": {"burst/10": 4}})
	records = append(records[:len(records)-1], result.Record{Failure: &result.Failure{Cell: "fan/1k/w1", Server: "gws", Round: 1, Error: "lost one"}})
	h := headline(joined(records))
	if f := h.Rows[0][2]; f.Text != "failed" || f.Class != "failed" {
		t.Errorf("%+v", f)
	}
}
