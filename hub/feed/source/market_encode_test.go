package source

import (
	"math/rand/v2"
	"testing"
)

// One message of each kind, written out by hand as the exchange documents and sends them.
func TestMarketEncoding(t *testing.T) {
	y := &symbol{
		walk:    newWalk(known[0], rand.New(rand.NewPCG(1, 2))), // tick 0.01, lot 0.00001
		upper:   "BTCUSDT",
		tradeID: 3735683259,
		depthTo: 50093239202,
	}
	y.bids.takeChanged()
	y.asks.takeChanged()
	y.bids.levels, y.asks.levels = nil, nil
	y.update = 50093239202
	y.set(&y.bids, -61837_63, 378826)
	y.set(&y.asks, 61837_64, 1)
	y.set(&y.asks, 61840_00, 5)
	y.set(&y.bids, -55653_87, 7)
	y.set(&y.bids, -55653_87, 0) // came and went: told as gone
	for name, tt := range map[string]struct{ got, want string }{
		"sold at the bid": {string(y.appendTrade(nil, 1723161255343, -61837_63, 2000)),
			`{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255343,"m":true,"M":true}`},
		"bought at the ask": {string(y.appendTrade(nil, 1723161255343, 61837_64, 100_000)),
			`{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.64000000","q":"1.00000000","T":1723161255343,"m":false,"M":true}`},
		"ticker": {string(y.appendTicker(nil, y.top())),
			`{"u":50093239207,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"0.00001000"}`},
		"depth": {string(y.appendDepth(nil, 1723161255308)),
			`{"e":"depthUpdate","E":1723161255308,"s":"BTCUSDT","U":50093239203,"u":50093239207,"b":[["61837.63000000","3.78826000"],["55653.87000000","0.00000000"]],"a":[["61837.64000000","0.00001000"],["61840.00000000","0.00005000"]]}`},
		"nothing changed on a side": {string(y.appendDepth(nil, 1)),
			`{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":50093239203,"u":50093239207,"b":[],"a":[]}`},
	} {
		if tt.got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, tt.got, tt.want)
		}
	}
}

func TestAppendFixed8(t *testing.T) {
	for v, want := range map[int64]string{
		0: "0.00000000", 1: "0.00000001", one - 1: "0.99999999", one: "1.00000000", one + 1: "1.00000001",
		6183763000000: "61837.63000000", 1<<63 - 1: "92233720368.54775807",
	} {
		if got := string(appendFixed8([]byte("x"), v)); got != "x"+want {
			t.Errorf("%d: %s, want x%s", v, got, want)
		}
	}
}
