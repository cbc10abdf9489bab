package source_test

import (
	"context"
	"testing"

	"github.com/weir-ws/weir/hub/feed/source"
)

// ring is a sink that keeps what a hub with a history would: the last messages of every channel.
type ring struct {
	kept map[string]*[256][]byte
	n    int
}

func (r *ring) Publish(_ context.Context, e source.Event) error {
	k := r.kept[e.Channel]
	if k == nil {
		k = new([256][]byte)
		r.kept[e.Channel] = k
	}
	k[r.n%len(k)] = e.Data
	r.n++
	return nil
}

// BenchmarkReplay is the whole way: gunzip, lines, scan, own copy, publish. One op is the recording.
func BenchmarkReplay(b *testing.B) {
	r, err := source.NewReplay(source.ReplayConfig{Path: recordingPath(b), Speed: source.Max})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Run(context.Background(), &ring{kept: map[string]*[256][]byte{}}); err != nil {
			b.Fatal(err)
		}
	}
	p := r.Progress()
	b.SetBytes(int64(p.Bytes / p.Passes))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(p.Messages), "ns/message")
}

// BenchmarkMarket is a message of the market. One op is a message.
func BenchmarkMarket(b *testing.B) {
	b.ReportAllocs()
	clock := newFakeClock()
	m, err := source.NewMarket(source.MarketConfig{Symbols: 100, TradesPerSecond: 1000, Clock: clock})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sink := &ring{kept: map[string]*[256][]byte{}}
	b.ResetTimer()
	_ = m.Run(ctx, source.SinkFunc(func(ctx context.Context, e source.Event) error {
		if sink.n == b.N {
			cancel()
		}
		return sink.Publish(ctx, e)
	}))
}
