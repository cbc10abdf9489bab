package source_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/weir-ws/weir/hub/feed/source"
)

// A replay at full speed that waits for its subscribers: Pace is where a server calls hub.Sync and engine.Flush.
func ExampleReplay() {
	path := filepath.Join(os.TempDir(), fmt.Sprintf("weir-example-%d", os.Getpid()))
	defer os.Remove(path)
	err := os.WriteFile(path, []byte(
		`1723161254087891268 {"stream":"btcusdt@bookTicker","data":{"u":7,"b":"61837.63000000"}}
1723161254087896568 {"stream":"btcusdt@trade","data":{"e":"trade","p":"61837.63000000"}}
`), 0o600)
	if err != nil {
		fmt.Println(err)
		return
	}
	replay, err := source.NewReplay(source.ReplayConfig{
		Path:  path,
		Speed: source.Max,
		Pace: func(context.Context) error {
			fmt.Println("all subscribers have it")
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = replay.Run(context.Background(), source.SinkFunc(
		func(_ context.Context, e source.Event) error {
			fmt.Println(e.TS, e.Channel, string(e.Data))
			return nil
		}))
	fmt.Println(err, replay.Progress().Messages)
	// Output:
	// 1723161254087891268 btcusdt@bookTicker {"u":7,"b":"61837.63000000"}
	// 1723161254087896568 btcusdt@trade {"e":"trade","p":"61837.63000000"}
	// all subscribers have it
	// <nil> 2
}

// A market without an exchange, watched until the first trade.
func ExampleMarket() {
	market, err := source.NewMarket(source.MarketConfig{Symbols: 1, TradesPerSecond: 1000})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(market.Channels())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := map[string]bool{}
	err = market.Run(ctx, source.SinkFunc(
		func(_ context.Context, e source.Event) error {
			if !seen[e.Channel] {
				seen[e.Channel] = true
				fmt.Println("first of", e.Channel)
			}
			if seen["btcusdt@trade"] {
				cancel()
			}
			return nil
		}))
	fmt.Println("stopped:", errors.Is(err, context.Canceled))
	// Output:
	// [btcusdt@trade btcusdt@bookTicker btcusdt@depth@100ms]
	// first of btcusdt@depth@100ms
	// first of btcusdt@bookTicker
	// first of btcusdt@trade
	// stopped: true
}
