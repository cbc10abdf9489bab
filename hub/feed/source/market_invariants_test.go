package source_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub/feed/source"
)

// ticks has the symbols' tick sizes, in units of the last of the eight decimals.
var ticks = map[string]int64{
	"BTCUSDT": 1_000_000, "ETHUSDT": 1_000_000, "SOLUSDT": 1_000_000, "BNBUSDT": 1_000_000,
	"XRPUSDT": 10_000, "DOGEUSDT": 1_000, "ADAUSDT": 10_000,
}

// amount reads a price or a quantity strictly: digits, a point, eight digits.
func amount(t *testing.T, s string) int64 {
	t.Helper()
	whole, decimals, ok := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+decimals, 10, 64)
	if !ok || len(decimals) != 8 || err != nil || n < 0 || (len(whole) > 1 && whole[0] == '0') {
		t.Fatalf("%q is not written as the exchange writes amounts: %v", s, err)
	}
	return n
}

// subscriber builds a symbol's book from its depth differences and holds everything else against it.
type subscriber struct {
	t          *testing.T
	bids, asks map[int64]int64
	lastUpdate int64
	lastTrade  int64
	ticker     [4]int64 // b, B, a, A
	tickerAt   int64    // its update id
	trades     int
}

// best is the level at the top of a side, by looking at all of them.
func best(side map[int64]int64, better func(a, b int64) bool) (price, lots int64) {
	for p, q := range side {
		if price == 0 || better(p, price) {
			price, lots = p, q
		}
	}
	return price, lots
}

func (s *subscriber) depth(symbol string, data []byte) {
	var d struct {
		First int64       `json:"U"`
		Last  int64       `json:"u"`
		Bids  [][2]string `json:"b"`
		Asks  [][2]string `json:"a"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		s.t.Fatal(err)
	}
	if s.lastUpdate != 0 && d.First != s.lastUpdate+1 || d.Last < d.First {
		s.t.Fatalf("U %d, u %d after u %d", d.First, d.Last, s.lastUpdate)
	}
	first := s.lastUpdate == 0
	s.lastUpdate = d.Last
	for i, side := range []map[int64]int64{s.bids, s.asks} {
		previous := int64(0)
		for _, level := range [][][2]string{d.Bids, d.Asks}[i] {
			price, lots := amount(s.t, level[0]), amount(s.t, level[1])
			if price <= 0 || price%ticks[symbol] != 0 {
				s.t.Fatalf("%s: level at %s", symbol, level[0])
			}
			if previous != 0 && (price > previous) != (i == 1) || price == previous {
				s.t.Fatalf("%s: level %d after %d: not best first", symbol, price, previous)
			}
			previous = price
			if lots == 0 {
				delete(side, price)
			} else {
				side[price] = lots
			}
		}
		if first && len(side) != 20 || len(side) < 20 || len(side) > 40 {
			s.t.Fatalf("%s: %d levels on a side", symbol, len(side))
		}
	}
	bid, bidLots := best(s.bids, func(a, b int64) bool { return a > b })
	ask, askLots := best(s.asks, func(a, b int64) bool { return a < b })
	if bid >= ask {
		s.t.Fatalf("%s: the book is crossed: %d, %d", symbol, bid, ask)
	}
	if !first && s.ticker != [4]int64{bid, bidLots, ask, askLots} {
		s.t.Fatalf("%s: the book's top is %d %d %d %d, the ticker told %d", symbol, bid, bidLots, ask, askLots, s.ticker)
	}
}

func (s *subscriber) bookTicker(symbol string, data []byte) {
	var d struct {
		Update int64  `json:"u"`
		Symbol string `json:"s"`
		Bid    string `json:"b"`
		BidQty string `json:"B"`
		Ask    string `json:"a"`
		AskQty string `json:"A"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		s.t.Fatal(err)
	}
	told := [4]int64{amount(s.t, d.Bid), amount(s.t, d.BidQty), amount(s.t, d.Ask), amount(s.t, d.AskQty)}
	if told[0] <= 0 || told[0] >= told[2] || told[1] <= 0 || told[3] <= 0 {
		s.t.Fatalf("%s: ticker %s", symbol, data)
	}
	if told[0]%ticks[symbol] != 0 || told[2]%ticks[symbol] != 0 || d.Symbol != symbol {
		s.t.Fatalf("%s: ticker %s", symbol, data)
	}
	if told == s.ticker || d.Update < s.tickerAt || d.Update < s.lastUpdate {
		s.t.Fatalf("%s: ticker %s after update %d, ticker %d %d", symbol, data, s.lastUpdate, s.tickerAt, s.ticker)
	}
	s.ticker, s.tickerAt = told, d.Update
}

func (s *subscriber) trade(symbol string, data []byte) {
	var d struct {
		ID    int64  `json:"t"`
		Price string `json:"p"`
		Qty   string `json:"q"`
		Sold  bool   `json:"m"`
		// encoding/json would take T for t and M for m, were they not here.
		Time   int64 `json:"T"`
		Ignore bool  `json:"M"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		s.t.Fatal(err)
	}
	price, lots := amount(s.t, d.Price), amount(s.t, d.Qty)
	at, standing := s.ticker[2], s.ticker[3]
	if d.Sold { // the buyer was the maker: the trade was at the bid
		at, standing = s.ticker[0], s.ticker[1]
	}
	if price != at || lots <= 0 || lots > standing {
		s.t.Fatalf("%s: trade %s, but the touch is %d", symbol, data, s.ticker)
	}
	if s.trades++; s.trades > 1 && d.ID != s.lastTrade+1 {
		s.t.Fatalf("%s: trade %d after %d", symbol, d.ID, s.lastTrade)
	}
	s.lastTrade = d.ID
}

func TestMarketInvariants(t *testing.T) {
	const n = 100_000
	subscribers := map[string]*subscriber{}
	last := int64(0)
	low, high := map[string]int64{}, map[string]int64{}
	for _, m := range market(t, source.MarketConfig{Symbols: len(ticks), Seed: 3, TradesPerSecond: 50}, n) {
		name, kind, _ := strings.Cut(m.channel, "@")
		symbol := strings.ToUpper(name)
		s := subscribers[symbol]
		if s == nil {
			s = &subscriber{t: t, bids: map[int64]int64{}, asks: map[int64]int64{}}
			subscribers[symbol] = s
		}
		if m.ts < last || m.ts > epoch.UnixNano()+int64(m.at) {
			t.Fatalf("time %d after %d, published at %v", m.ts, last, m.at)
		}
		last = m.ts
		switch kind {
		case "depth@100ms":
			if m.snapshot {
				if s.lastUpdate != 0 {
					t.Errorf("%s: a second state", symbol)
				}
				continue
			}
			s.depth(symbol, []byte(m.data))
		case "bookTicker":
			s.bookTicker(symbol, []byte(m.data))
			if low[symbol] == 0 || s.ticker[0] < low[symbol] {
				low[symbol] = s.ticker[0]
			}
			high[symbol] = max(high[symbol], s.ticker[0])
		case "trade":
			s.trade(symbol, []byte(m.data))
		}
	}
	if len(subscribers) != len(ticks) {
		t.Errorf("%d symbols published", len(subscribers))
	}
	for symbol, s := range subscribers {
		if s.trades < 500 || high[symbol]-low[symbol] < 10*ticks[symbol] {
			t.Errorf("%s: %d trades, bids between %d and %d: not much of a market", symbol, s.trades, low[symbol], high[symbol])
		}
	}
}
