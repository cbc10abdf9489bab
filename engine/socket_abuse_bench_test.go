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
// are at another such server beside it; every other round is backwards. Reported are medians of the rounds: the 99th percentile of
// a round trip in each, the latter two as multiples of that in quiet of the same round and the one as a multiple
// of the other, and the CPU time that the other server took for the attack, with nothing else to do. Run it with
// -benchtime 2x; a round takes some 15 s.
func BenchmarkSocketAbuse(b *testing.B) {
	for i, abuse := range abuses {
		b.Run(abuse.name, func(b *testing.B) { benchmarkAbuse(b, i) })
	}
}

const (
	inQuiet = iota
	attacked
	beside
)

func benchmarkAbuse(b *testing.B, abuse int) {
	const test = "TestSocketAbuse"
	servers := []*abused{attacked: {inProcess(b, test)}, beside: {inProcess(b, test)}}
	healthy, idle := dialWS(b, servers[attacked].addr, asHealthy), dialWS(b, servers[beside].addr, asHealthy)
	_ = idle.SetDeadline(time.Time{}) // it is there to be alike, and counted alike
	var p99 [3][]float64
	var times, parts, costs [3][]float64
	for round := 0; b.Loop(); round++ {
		line := fmt.Sprintf("round %d:", round)
		for way := range p99 {
			if round%2 == 1 {
				way = len(p99) - 1 - way
			}
			hist, cpu := abuseRound(b, healthy, test, servers, way, abuse)
			p99[way] = append(p99[way], float64(hist.ValueAtQuantile(99)))
			costs[way] = append(costs[way], float64(cpu.Milliseconds()))
			line += fmt.Sprintf(" %s p50 %d p99 %d us,", [...]string{"in quiet", "attacked", "beside"}[way], hist.ValueAtQuantile(50), hist.ValueAtQuantile(99))
		}
		for way := range p99 {
			times[way] = append(times[way], p99[way][round]/p99[inQuiet][round])
			parts[way] = append(parts[way], p99[way][round]/p99[beside][round])
		}
		b.Log(line, fmt.Sprintf("the other server took %.0f ms", costs[beside][round]))
	}
	b.ReportMetric(0, "ns/op") // says nothing
	b.ReportMetric(median(p99[inQuiet]), "quiet-us")
	b.ReportMetric(median(p99[attacked]), "attacked-us")
	b.ReportMetric(median(p99[beside]), "beside-us")
	b.ReportMetric(median(times[attacked]), "attacked/quiet")
	b.ReportMetric(median(times[beside]), "beside/quiet")
	b.ReportMetric(median(parts[attacked]), "attacked/beside")
	b.ReportMetric(median(costs[beside]), "server-ms")
}

// abuseRound has the healthy client publish, in quiet or while one of the servers is attacked, whose CPU time it returns.
func abuseRound(b *testing.B, healthy *rawClient, test string, servers []*abused, way, abuse int) (*hdrhistogram.Histogram, time.Duration) {
	if way == inQuiet {
		return healthy.publishWhile(func() { time.Sleep(4 * time.Second) }), 0
	}
	s := servers[way]
	before := s.report()
	var want counted
	hist := healthy.publishWhile(func() { want = attack(b, test, s.addr, abuse) })
	cpu := s.report().CPU - before.CPU
	s.settled(before, want)
	return hist, cpu
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}
