//go:build linux

package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// BenchmarkSocketAbuse tells what attackers take from a healthy client because its server serves them, and what because they
// have the same machine. Each round has its client in quiet, while the attackers are at its server, and while the same attackers
// are at another such server beside it, every other round backwards. Reported are medians of the rounds: the 99th percentile
// of a round trip in each, and each as a multiple of that in quiet of the same round. Run it with
// -benchtime 6x; a round takes some 15 s.
func BenchmarkSocketAbuse(b *testing.B) {
	for i, abuse := range abuses {
		b.Run(abuse.name, func(b *testing.B) { benchmarkAbuse(b, i) })
	}
}

func benchmarkAbuse(b *testing.B, abuse int) {
	const test = "TestSocketAbuse"
	a, other := &abused{inProcess(b, test)}, &abused{inProcess(b, test)}
	healthy, elsewhere := dialWS(b, a.addr, asHealthy), dialWS(b, other.addr, asHealthy)
	_ = elsewhere.SetDeadline(time.Time{}) // it only makes the other server as busy with its own as this one
	attacked := func(s *abused) *hdrhistogram.Histogram {
		before := s.report()
		var want counted
		hist := healthy.publishWhile(func() { want = attack(b, test, s.addr, abuse) })
		s.settled(before, want)
		return hist
	}
	ways := []struct {
		name string
		run  func() *hdrhistogram.Histogram
		p99  []float64
		of   []float64 // the quiet one of the same round
	}{
		{name: "quiet", run: func() *hdrhistogram.Histogram {
			return healthy.publishWhile(func() { time.Sleep(4 * time.Second) })
		}},
		{name: "attacked", run: func() *hdrhistogram.Histogram { return attacked(a) }},
		{name: "beside", run: func() *hdrhistogram.Histogram { return attacked(other) }},
	}
	for round := 0; b.Loop(); round++ {
		line := fmt.Sprintf("round %d:", round)
		for i := range ways {
			if round%2 == 1 {
				i = len(ways) - 1 - i
			}
			w := &ways[i]
			hist := w.run()
			w.p99 = append(w.p99, float64(hist.ValueAtQuantile(99)))
			line += fmt.Sprintf(" %s p50 %d p99 %d us,", w.name, hist.ValueAtQuantile(50), hist.ValueAtQuantile(99))
		}
		for i := range ways {
			w := &ways[i]
			w.of = append(w.of, w.p99[round]/ways[0].p99[round])
		}
		b.Log(line)
	}
	b.ReportMetric(0, "ns/op") // says nothing
	for _, w := range ways {
		b.ReportMetric(median(w.p99), w.name+"-us")
		if w.name != "quiet" {
			b.ReportMetric(median(w.of), w.name+"-x")
		}
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}
