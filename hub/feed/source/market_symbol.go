package source

import (
	"math/rand/v2"
	"strings"
	"time"
)

const (
	tradeSuffix  = "@trade"
	tickerSuffix = "@bookTicker"
	depthSuffix  = "@depth@100ms"
)

// symbol is one symbol's market: its book and when what happens next.
type symbol struct {
	*walk
	index                            int
	upper                            string
	tradeName, tickerName, depthName string // of the channels

	mean      float64       // ns between two events, trades and orders together
	nextEvent time.Duration // from the start of the run
	nextDepth time.Duration
	depthTo   int64 // the last update id published in a depth difference
	depthOpen bool  // the empty book that the differences begin with was published
	tradeID   int64 // of the last trade
	told      top   // by the last book ticker
}

// ordersPerTrade is how many orders arrive for one trade.
const ordersPerTrade = 3

// tape is where a market's messages go.
type tape struct {
	publisher
	now int64 // ns since the Unix epoch: the time of the event under way
	buf []byte
}

func newSymbol(index int, cfg MarketConfig) *symbol {
	l := listed(index)
	r := rand.New(rand.NewPCG(cfg.Seed, uint64(index)))
	y := &symbol{
		walk: newWalk(l, r), index: index, upper: strings.ToUpper(l.name),
		tradeName: l.name + tradeSuffix, tickerName: l.name + tickerSuffix, depthName: l.name + depthSuffix,
		mean:    1e9 / (cfg.TradesPerSecond * (1 + ordersPerTrade)),
		tradeID: 1_000_000_000 + r.Int64N(3_000_000_000),
	}
	// Symbols publish their depth at different points of the 100 ms, or all of them would make one burst.
	y.nextDepth = time.Duration(r.Int64N(int64(depthEvery)))
	y.nextEvent = y.nextDepth + y.pause()
	y.depthTo = 10_000_000_000 + r.Int64N(40_000_000_000)
	y.update += y.depthTo
	return y
}

// pause is the time to the next event of a Poisson process.
func (y *symbol) pause() time.Duration { return time.Duration(y.r.ExpFloat64() * y.mean) }

// due is when step is to be called, from the start of the run.
func (y *symbol) due() time.Duration { return min(y.nextDepth, y.nextEvent) }

// step lets the next thing happen and publishes it.
func (y *symbol) step(t *tape) error {
	if y.nextDepth <= y.nextEvent {
		y.nextDepth += depthEvery
		if err := y.publishDepth(t); err != nil {
			return err
		}
	} else {
		y.nextEvent += y.pause()
		if y.r.IntN(1+ordersPerTrade) > 0 {
			y.order()
		} else if err := y.publishTrade(t); err != nil {
			return err
		}
	}
	return y.publishTicker(t)
}

// publishTrade takes something from the best level of a side: a buyer from the asks, a seller from the bids.
func (y *symbol) publishTrade(t *tape) error {
	s, _ := y.either()
	best := s.levels[0]
	lots := min(best.lots, 1+y.r.Int64N(1<<y.r.IntN(14)))
	y.tradeID++
	t.buf = y.appendTrade(t.buf[:0], t.now/1e6, best.key, lots)
	if err := t.publish(Event{Channel: y.tradeName, Data: t.buf, TS: t.now}); err != nil {
		return err
	}
	y.set(s, best.key, best.lots-lots)
	y.fill()
	return nil
}

// publishTicker tells the top of the book if it is not what was told last.
func (y *symbol) publishTicker(t *tape) error {
	now := y.top()
	if now == y.told {
		return nil
	}
	y.told = now
	t.buf = y.appendTicker(t.buf[:0], now)
	return t.publish(Event{Channel: y.tickerName, Data: t.buf, TS: t.now})
}

// publishDepth tells what changed since the last time, if anything did.
func (y *symbol) publishDepth(t *tape) error {
	if y.update == y.depthTo {
		return nil
	}
	if !y.depthOpen {
		y.depthOpen = true
		if err := t.publish(Event{Channel: y.depthName, Data: y.appendEmptyBook(nil), TS: t.now, Snapshot: true}); err != nil {
			return err
		}
	}
	t.buf = y.appendDepth(t.buf[:0], t.now/1e6)
	y.depthTo = y.update
	return t.publish(Event{Channel: y.depthName, Data: t.buf, TS: t.now})
}
