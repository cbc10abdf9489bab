package scale

import (
	"flag"
	"fmt"
	"testing"
)

var conns = flag.Int("conns", 10_000, "connections in each benchmark")

// gather is a crowd for a benchmark.
func gather(b *testing.B, n int, in func(i int) []string) *crowd {
	b.Helper()
	w, err := (&bench{ctx: b.Context(), Options: Options{Conns: n, Progress: func(string) {}}}).gathered(n, in)
	if err != nil {
		b.Fatal(err)
	}
	return w
}

func perUnit(b *testing.B, units int, name string) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(units), "ns/"+name)
}

// BenchmarkPublish is one message, or a hundred back to back, to everybody: the hub, the engine's queues and the writes.
func BenchmarkPublish(b *testing.B) {
	for _, burst := range []int{1, 100} {
		b.Run(fmt.Sprintf("burst=%d", burst), func(b *testing.B) {
			w := gather(b, *conns, func(int) []string { return all })
			channels := make([]string, burst)
			for i := range channels {
				channels[i] = all[0]
			}
			for b.Loop() {
				if err := w.publish(channels...); err != nil {
					b.Fatal(err)
				}
				w.arrived += wireLen * uint64(burst)
			}
			perUnit(b, *conns*burst, "delivery")
			if err := w.verify(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkChannels is one message to each of a hundred channels: each member in one of them, or in all.
func BenchmarkChannels(b *testing.B) {
	for _, row := range []struct {
		name             string
		members, deliver int
		in               func(i int) []string
	}{
		{"each=1", *conns, 1, func(i int) []string { return names100[i%Channels : i%Channels+1] }},
		{"each=100", min(*conns, MaxInAll), Channels, func(int) []string { return names100 }},
	} {
		b.Run(row.name, func(b *testing.B) {
			w := gather(b, row.members, row.in)
			for b.Loop() {
				if err := w.publish(names100...); err != nil {
					b.Fatal(err)
				}
				w.arrived += wireLen * uint64(row.deliver)
			}
			perUnit(b, row.members*row.deliver, "delivery")
			if err := w.verify(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkConnect is all of them from connect to 101 and into one channel, and their heap.
func BenchmarkConnect(b *testing.B) {
	heap := 0.0
	for b.Loop() {
		before := liveHeap()
		w := gather(b, *conns, func(int) []string { return all })
		heap = liveHeap() - before
		w.arrived = 0
	}
	perUnit(b, *conns, "conn")
	b.ReportMetric(heap/float64(*conns), "heap-B/conn")
}
