package source_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub/feed/source"
)

// market runs one on a fake clock until it has published n messages.
func market(t testing.TB, cfg source.MarketConfig, n int) []message {
	t.Helper()
	clock := newFakeClock()
	cfg.Clock = clock
	m, err := source.NewMarket(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	got := collector{clock: clock, limit: n, stop: cancel}
	if err := m.Run(ctx, &got); err != context.Canceled {
		t.Fatal(err)
	}
	// The event under way may have had another message to publish.
	return got.messages[:n]
}

func TestMarketChannels(t *testing.T) {
	m, err := source.NewMarket(source.MarketConfig{Symbols: 2})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"btcusdt@trade", "btcusdt@bookTicker", "btcusdt@depth@100ms",
		"ethusdt@trade", "ethusdt@bookTicker", "ethusdt@depth@100ms",
	}
	if got := m.Channels(); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// Names are unique and made of what a channel's name may have, however many there are.
func TestMarketNames(t *testing.T) {
	m, err := source.NewMarket(source.MarketConfig{Symbols: source.MaxSymbols})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range m.Channels() {
		name, _, _ := strings.Cut(c, "@")
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" || !strings.HasSuffix(name, "usdt") || seen[c] {
			t.Fatalf("channel %q, seen before: %v", c, seen[c])
		}
		seen[c] = true
	}
	if len(seen) != 3*source.MaxSymbols {
		t.Errorf("%d channels", len(seen))
	}
}

// What is listed is what is published, no more and no less.
func TestMarketPublishesItsChannels(t *testing.T) {
	cfg := source.MarketConfig{Symbols: 30}
	m, err := source.NewMarket(cfg)
	if err != nil {
		t.Fatal(err)
	}
	silent, listed := map[string]bool{}, map[string]bool{}
	for _, c := range m.Channels() {
		silent[c], listed[c] = true, true
	}
	for _, msg := range market(t, cfg, 20_000) {
		delete(silent, msg.channel)
		if !listed[msg.channel] {
			t.Fatalf("published to %q, which is not listed", msg.channel)
		}
	}
	if len(silent) != 0 || len(listed) != 90 {
		t.Errorf("silent: %v, of %d", silent, len(listed))
	}
}

// Trades come at the rate asked for; the other channels in the proportions of the recording.
func TestMarketRates(t *testing.T) {
	got := market(t, source.MarketConfig{Symbols: 3, TradesPerSecond: 20}, 50_000)
	seconds := got[len(got)-1].at.Seconds()
	counts := map[string]float64{}
	for _, m := range got {
		_, kind, _ := strings.Cut(m.channel, "@")
		counts[kind] += 1 / seconds / 3
	}
	// Some 15,000 trades: the standard deviation is below 1 %.
	for kind, want := range map[string]float64{"trade": 20, "bookTicker": 20 * 2.9, "depth@100ms": 10} {
		if math.Abs(counts[kind]/want-1) > 0.05 {
			t.Errorf("%s: %.1f a second, want about %.1f", kind, counts[kind], want)
		}
	}
	t.Logf("%.0f s: %v", seconds, counts)
}

// A symbol's messages do not depend on how many others there are.
func TestMarketSymbolsAreIndependent(t *testing.T) {
	only := func(messages []message, symbol string) (data []string) {
		for _, m := range messages {
			if strings.HasPrefix(m.channel, symbol+"@") {
				data = append(data, m.data)
			}
		}
		return data
	}
	few := only(market(t, source.MarketConfig{Symbols: 1, Seed: 7}, 300), "btcusdt")
	many := only(market(t, source.MarketConfig{Symbols: 10, Seed: 7}, 6_000), "btcusdt")
	if len(few) != 300 || len(many) < 300 || !slices.Equal(few, many[:300]) {
		t.Errorf("btcusdt differs with 9 more symbols (%d and %d messages)", len(few), len(many))
	}
	if other := only(market(t, source.MarketConfig{Symbols: 1, Seed: 8}, 300), "btcusdt"); slices.Equal(few, other) {
		t.Error("another seed makes the same market")
	}
}

// A market that was held up goes on from now; it does not make up for the time in a burst.
func TestMarketHeldUp(t *testing.T) {
	clock := newFakeClock()
	m, err := source.NewMarket(source.MarketConfig{Symbols: 1, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	var before, after int64
	err = m.Run(ctx, source.SinkFunc(func(_ context.Context, e source.Event) error {
		switch n++; {
		case n == 50:
			before = e.TS
			clock.advance(time.Hour)
		case n > 60 && after == 0: // what was due at the same wake is behind us
			after = e.TS
			cancel()
		}
		return nil
	}))
	if err != context.Canceled {
		t.Fatal(err)
	}
	if gap := time.Duration(after - before); gap < time.Hour || gap > time.Hour+5*time.Second {
		t.Errorf("11 messages later it is %v later", gap)
	}
}

func TestMarketSinkFails(t *testing.T) {
	full := errors.New("full")
	m, err := source.NewMarket(source.MarketConfig{Clock: newFakeClock()})
	if err != nil {
		t.Fatal(err)
	}
	err = m.Run(context.Background(), source.SinkFunc(func(ctx context.Context, _ source.Event) error {
		if again := m.Run(ctx, new(collector)); again != source.ErrRunning {
			t.Errorf("run twice at once: %v", again)
		}
		return full
	}))
	if !errors.Is(err, full) || m.Stats().Messages != 0 {
		t.Errorf("%v, %+v", err, m.Stats())
	}
}

func TestMarketConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		field string
		cfg   source.MarketConfig
	}{
		{"Symbols", source.MarketConfig{Symbols: -1}},
		{"Symbols", source.MarketConfig{Symbols: source.MaxSymbols + 1}},
		{"TradesPerSecond", source.MarketConfig{TradesPerSecond: -1}},
		{"TradesPerSecond", source.MarketConfig{TradesPerSecond: math.NaN()}},
		{"TradesPerSecond", source.MarketConfig{TradesPerSecond: math.Inf(1)}},
	} {
		_, err := source.NewMarket(tt.cfg)
		var e *source.ConfigError
		if !errors.As(err, &e) || e.Field != tt.field {
			t.Errorf("%+v: %v", tt.cfg, err)
			continue
		}
		if want := "source: " + tt.field + ": must be "; !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q does not begin with %q", err, want)
		}
	}
}
