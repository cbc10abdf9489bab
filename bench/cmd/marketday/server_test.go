package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
	"github.com/weir-ws/weir/hub/feed/book"
	"github.com/weir-ws/weir/hub/feed/source"
)

var testChannels = []string{"btc@trade", "btc@depth", "btc@bookTicker"}

// record writes a recording of n messages in each of testChannels, the state of a book not counted. Messages are 1 ms apart.
func record(t *testing.T, n int) (path string) {
	t.Helper()
	var b strings.Builder
	ts := 1_000_000_000
	line := func(format string, args ...any) {
		ts += 1_000_000
		fmt.Fprintf(&b, "%d ", ts)
		fmt.Fprintf(&b, format+"\n", args...)
	}
	for i := 1; i <= n; i++ {
		line(`{"stream":"btc@depth","data":{"U":%d,"u":%d,"b":[["%d.5","%d"]],"a":[["%d.1","%d"],["7.0","0"]]}}`, 2*i, 2*i+1, i%7, i, i%5, i%3)
		line(`{"stream":"btc@trade","data":{"p":"%d.10"}}`, i)
		line(`{"stream":"btc@bookTicker","data":{"b":"%d"}}`, i)
		if i == 2 {
			line(`{"lastUpdateId":5,"bids":[["2.5","2"],["1.5","1"]],"asks":[["7.0","3"],["2.1","2"]]}`)
		}
	}
	path = filepath.Join(t.TempDir(), "day")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serve is a feed that plays a recording, as weir serve does, when each channel has n subscribers.
func serve(t *testing.T, path string, speed source.Speed, n int) (addr string) {
	t.Helper()
	options := map[string]hub.ChannelOptions{"btc@trade": hub.Trade(), "btc@depth": hub.Book(book.Fold), "btc@bookTicker": hub.Ticker()}
	h, err := hub.New(hub.Config{Panicked: feed.Panicked, Options: func(channel string) *hub.ChannelOptions {
		o := options[channel]
		return &o
	}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.New(h, feed.Config{Path: "/feed"})
	if err != nil {
		t.Fatal(err)
	}
	e, _ := enginetest.Serve(t, engine.Config{Loops: 1}, f.Handler())
	r, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: speed, Snapshots: true, Pace: func(ctx context.Context) error {
		return h.Sync(ctx)
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	played := make(chan error, 1)
	go func() {
		played <- func() error {
			for _, c := range testChannels {
				for h.Members(c) < n {
					select {
					case <-time.After(time.Millisecond):
					case <-ctx.Done():
						return nil
					}
				}
			}
			return r.Run(ctx, source.SinkFunc(func(ctx context.Context, e source.Event) error {
				_, err := h.Publish(ctx, e.Channel, hub.Payload{Data: e.Data, Time: e.TS, Snapshot: e.Snapshot, Gap: e.Gap})
				return err
			}))
		}()
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-played; err != nil && !errors.Is(err, context.Canceled) {
			t.Error("replay:", err)
		}
	})
	return e.Addrs()[0].String()
}
