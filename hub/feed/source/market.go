package source

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// MarketConfig says what market is made up.
type MarketConfig struct {
	// Symbols is how many there are, 1 to 100,000. The first are of the real market (btcusdt, ethusdt, solusdt,
	// ...), the rest have made-up names. 0: 5.
	Symbols int
	// TradesPerSecond of each symbol, on average: trades arrive as a Poisson process. Orders arrive three times
	// as often. 0.001 to 100,000. 0: 10, which makes about 50 messages a second and symbol.
	TradesPerSecond float64
	// Seed of all that is random. The same seed on the same clock publishes the same bytes; a symbol's messages do
	// not depend on how many others there are. 0 is a seed like any other.
	Seed uint64
	// Clock is the time; nil: SystemClock.
	Clock Clock
}

// The defaults and limits of MarketConfig.
const (
	DefaultSymbols         = 5
	MaxSymbols             = 100_000
	DefaultTradesPerSecond = 10
	MinTradesPerSecond     = 0.001
	MaxTradesPerSecond     = 100_000
)

// depthEvery is the time between two depth differences of a symbol: the exchange's "@depth@100ms".
const depthEvery = 100 * time.Millisecond

// maxLag is how late the market may be before it gives up the time lost. A replay has to publish all it has; a
// market that was held up only has to go on, and a burst of what it missed would do nobody good.
const maxLag = time.Second

// Market is a market without an exchange: for every symbol an order book that walks at random, trades at its
// touch, and is published as the exchange does it, in the same JSON shapes:
//
//	btcusdt@trade        every trade, at the best price and for no more than stands there
//	btcusdt@bookTicker   the best bid and ask, whenever one of them changed
//	btcusdt@depth@100ms  what changed in the book, every 100 ms if anything did; the first one is the whole book
//
// Applying the depth differences from the first one on makes the book whose top the last book ticker told; U of one
// is u + 1 of the one before. Make a Market with NewMarket.
type Market struct {
	cfg             MarketConfig
	watch           stopwatch
	messages, bytes atomic.Uint64
}

var _ Source = (*Market)(nil)

// NewMarket checks cfg. The error is a *ConfigError.
func NewMarket(cfg MarketConfig) (*Market, error) {
	if cfg.Symbols == 0 {
		cfg.Symbols = DefaultSymbols
	}
	if cfg.Symbols < 0 || cfg.Symbols > MaxSymbols {
		return nil, &ConfigError{"Symbols", "must be 1 to 100000, or 0 for 5"}
	}
	if cfg.TradesPerSecond == 0 {
		cfg.TradesPerSecond = DefaultTradesPerSecond
	}
	if !(cfg.TradesPerSecond >= MinTradesPerSecond && cfg.TradesPerSecond <= MaxTradesPerSecond) { // so NaN is refused too
		return nil, &ConfigError{"TradesPerSecond", "must be 0.001 to 100000, or 0 for 10"}
	}
	if cfg.Clock == nil {
		cfg.Clock = SystemClock()
	}
	return &Market{cfg: cfg}, nil
}

// Channels lists what the market publishes to: three channels a symbol. The slice is the caller's.
func (m *Market) Channels() []string {
	channels := make([]string, 0, 3*m.cfg.Symbols)
	for i := range m.cfg.Symbols {
		name := listed(i).name
		channels = append(channels, name+tradeSuffix, name+tickerSuffix, name+depthSuffix)
	}
	return channels
}

// MarketStats is what a market has published, over all its runs.
type MarketStats struct {
	Messages uint64
	Bytes    uint64        // of their data
	Elapsed  time.Duration // since Run began; once it has returned, how long it took
}

// Stats may be called from any goroutine.
func (m *Market) Stats() MarketStats {
	return MarketStats{m.messages.Load(), m.bytes.Load(), m.watch.elapsed(m.cfg.Clock)}
}

// Run opens the market and keeps it open until ctx ends; every Run begins anew from the seed. See [Source] for
// what it returns.
func (m *Market) Run(ctx context.Context, sink Sink) error {
	if !m.watch.start(m.cfg.Clock.Now()) {
		return ErrRunning
	}
	defer func() { m.watch.stop(m.cfg.Clock.Now()) }()
	t := &tape{publisher: publisher{ctx, sink, &m.messages, &m.bytes}}
	symbols := make(agenda, m.cfg.Symbols)
	for i := range symbols {
		symbols[i] = newSymbol(i, m.cfg)
	}
	symbols.init()
	s := schedule{clock: m.cfg.Clock}
	s.restart()
	for {
		next := symbols[0]
		if err := s.wait(ctx, next.due()); err != nil {
			return err
		}
		if lag := s.now - next.due(); lag > maxLag {
			s.base, s.now = s.base.Add(lag), next.due()
		}
		t.now = s.base.Add(next.due()).UnixNano()
		if err := next.step(t); err != nil {
			return stopped(ctx, fmt.Errorf("market: %w", err))
		}
		symbols.fix()
	}
}
