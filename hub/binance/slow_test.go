package binance_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/binance"
)

// numbers are what a client got of one stream, by the number that each payload begins with.
func (r *relay) numbers(frames [][]byte) (all []int) {
	r.t.Helper()
	for _, p := range frames {
		n, err := strconv.Atoi(strings.Trim(strings.TrimSpace(string(p[:8])), `"`))
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

// A client that does not read gets the latest ticker when it does, and every trade; one that never reads is closed.
func TestSlowClients(t *testing.T) {
	r := startHub(t, binance.Config{}, func(channel string) *hub.ChannelOptions {
		o := hub.Trade()
		if strings.HasSuffix(channel, "@ticker") {
			o = hub.Ticker()
		}
		return &o
	})
	const messages = 400
	filler := strings.Repeat("x", 1000)
	play := func(stream string, client func()) [][]byte {
		c := r.dial("/ws/" + stream)
		c.Stall()
		for i := range messages {
			r.publish(stream, fmt.Sprintf("%-8d%s", i, filler))
			r.Settle()
		}
		c.Unstall()
		client()
		r.Advance(5 * time.Second)
		r.Settle()
		var got [][]byte
		for _, f := range c.Frames() {
			if f.Op == frame.OpText {
				got = append(got, f.Payload)
			}
		}
		return got
	}
	trades := r.numbers(play("a@trade", func() {}))
	if len(trades) != messages {
		t.Errorf("%d of %d trades", len(trades), messages)
	}
	for i, n := range trades {
		if n != i {
			t.Fatalf("trade %d is number %d", i, n)
		}
	}
	after := func() {
		r.Settle()
		r.publish("b@ticker", fmt.Sprintf("%-8d%s", messages, filler))
		r.Settle()
	}
	tickers := r.numbers(play("b@ticker", after))
	if n := len(tickers); n > messages/2 || n < 3 || tickers[n-1] != messages {
		t.Errorf("%d tickers, the last one is %d", n, tickers[n-1])
	}
	for i := 1; i < len(tickers); i++ {
		if tickers[i] <= tickers[i-1] {
			t.Fatalf("%d comes behind %d", tickers[i], tickers[i-1])
		}
	}
}

// A stream that offers so many messages a second gives no client more, and the last value comes.
func TestRateOfAStream(t *testing.T) {
	r := startHub(t, binance.Config{}, func(string) *hub.ChannelOptions {
		o := hub.Ticker()
		o.MaxHz = 2
		return &o
	})
	c := r.dial("/ws/a@ticker")
	for i := range 100 {
		r.publish("a@ticker", fmt.Sprintf("%-8d", i))
		r.Settle()
		r.Advance(50 * time.Millisecond)
	}
	r.Advance(time.Second)
	r.Settle()
	var got [][]byte
	for _, f := range c.Frames() {
		got = append(got, f.Payload)
	}
	all := r.numbers(got)
	if n := len(all); n < 8 || n > 14 || all[n-1] != 99 {
		t.Errorf("in 5 s at 2 a second %d messages: %v", n, all)
	}
	c.Send(frame.OpText, []byte(`{"method":"UNSUBSCRIBE","params":["a@ticker"],"id":1}`))
	r.expect(c, `{"result":null,"id":1}`)
	r.publish("a@ticker", "100     ")
	r.Advance(time.Second)
	r.expect(c)
}

// A window that ends while the writes of a large fan-out are left over finds a run above the high watermark. To send behind it empties it, which calls Drain:
// the value goes out once all the same, and the stream goes on.
func TestRateBehindLeftOverWrites(t *testing.T) {
	r := startHub(t, binance.Config{}, func(channel string) *hub.ChannelOptions {
		o := hub.Trade()
		if strings.HasSuffix(channel, "@ticker") {
			o = hub.Ticker()
			o.MaxHz = 2
		}
		return &o
	})
	for range 100 { // so many writes are more than one turn makes at first
		r.dial("/ws/a@trade")
	}
	c := r.dial("/ws/a@trade/a@ticker")
	tickers := func() (all []int) {
		var got [][]byte
		for _, f := range c.Frames() {
			if len(f.Payload) < 100 {
				got = append(got, f.Payload)
			}
		}
		return r.numbers(got)
	}
	r.publish("a@ticker", "1       ")
	r.Settle()
	r.publish("a@ticker", "2       ") // waits for its window
	r.Settle()
	r.Jump(time.Second)
	r.publish("a@trade", fmt.Sprintf("%-8d%s", 1, strings.Repeat("x", 100_000)))
	r.Turn(0)
	if c.Pending() > 1000 {
		t.Fatal("there is nothing left over")
	}
	r.Tick(0)
	r.Settle()
	if got := tickers(); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("tickers %v", got)
	}
	for i := 3; i < 6; i++ {
		r.publish("a@ticker", fmt.Sprintf("%-8d", i))
		r.Settle()
		r.Advance(time.Second)
		if got := tickers(); !slices.Equal(got, []int{i}) {
			t.Errorf("then tickers %v, want %d", got, i)
		}
	}
}
