package feed_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
	orderbook "github.com/weir-ws/weir/hub/feed/book"
)

// wholeBook is a state with n levels a side.
func wholeBook(n int) []byte {
	p := []byte(`{"lastUpdateId":1`)
	for side, key := range []string{`,"bids":[`, `,"asks":[`} {
		p = append(p, key...)
		for i := range n {
			if i > 0 {
				p = append(p, ',')
			}
			price := 50_000 - i
			if side == 1 {
				price = 50_001 + i
			}
			p = fmt.Appendf(p, `["%d.10","%d.00400"]`, price, i%90+1)
		}
		p = append(p, ']')
	}
	return append(p, '}')
}

// difference is update u, of five levels a side.
func difference(u int) []byte {
	p := fmt.Appendf(nil, `{"e":"depthUpdate","E":1723161254087,"s":"BTCUSDT","U":%d,"u":%d`, u, u)
	for side, key := range []string{`,"b":[`, `,"a":[`} {
		p = append(p, key...)
		for i := range 5 {
			if i > 0 {
				p = append(p, ',')
			}
			price := 50_000 - (u*7+i*13)%1000
			if side == 1 {
				price = 50_001 + (u*7+i*13)%1000
			}
			p = append(strconv.AppendInt(append(p, `["`...), int64(price), 10), `.10","`...)
			p = append(strconv.AppendInt(p, int64((u+i)%90+1), 10), `.00400"]`...)
		}
		p = append(p, ']')
	}
	return append(p, '}')
}

type shownBy struct {
	name    string
	opts    hub.ChannelOptions
	publish func(b *testing.B, m *memory, from, n int)
	start   int // messages that are there
	since   int // so many of them are missed; 0: a newcomer
}

func withKeys(b *testing.B, m *memory, from, n int) {
	for i := range n {
		p := hub.Payload{Op: frame.OpText, Data: []byte(trade), Key: fmt.Sprint("k", (from+i)%1000)}
		if _, err := m.hub.Publish(b.Context(), "a", p); err != nil {
			b.Fatal(err)
		}
	}
}

func differences(b *testing.B, m *memory, from, n int) {
	for i := range n {
		p := hub.Payload{Op: frame.OpText, Data: difference(from + i), Snapshot: from+i == 1}
		if p.Snapshot {
			p.Data = wholeBook(1000)
		}
		if _, err := m.hub.Publish(b.Context(), "a", p); err != nil {
			b.Fatal(err)
		}
	}
}

var shownCases = []shownBy{
	{name: "nothing", publish: withKeys, start: 1},
	{name: "last", opts: hub.ChannelOptions{Snapshot: hub.SnapshotLast}, publish: withKeys, start: 1},
	{name: "keys=1000", opts: hub.Ticker(), publish: withKeys, start: 1000},
	{name: "book+0", opts: hub.Book(orderbook.Fold), publish: differences, start: 1},
	{name: "book+64", opts: hub.Book(orderbook.Fold), publish: differences, start: 65},
	{name: "resume=64", opts: hub.Trade(), publish: withKeys, start: 128, since: 64},
}

// BenchmarkSubscribeShown is what one subscribe costs its loop: the request, the join, the answer and all that is shown, and the writes into
// memory. The frames are there from the subscribe before: the first one after a message makes them, too.
func BenchmarkSubscribeShown(b *testing.B) {
	for _, c := range shownCases {
		b.Run(c.name, func(b *testing.B) {
			m := inMemory(b, kept(c.opts), feed.Config{})
			c.publish(b, m, 1, c.start)
			cl := m.dial()
			subscribe := textFrame(c.request(m))
			leave := textFrame(`{"type":"unsubscribe","channel":"a"}`)
			cl.Write(subscribe)
			m.Settle()
			cl.Write(leave)
			m.Settle()
			bytes := cl.Pending()
			cl.Discard()
			b.ReportAllocs()
			for b.Loop() {
				cl.Write(subscribe)
				m.Settle()
				b.StopTimer()
				cl.Write(leave)
				m.Settle()
				b.StartTimer()
			}
			b.ReportMetric(float64(bytes), "bytes/subscribe")
			if cl.Closed() {
				b.Error("the client was closed")
			}
		})
	}
}

func (c *shownBy) request(m *memory) string {
	if c.since == 0 {
		return `{"type":"subscribe","channel":"a"}`
	}
	return fmt.Sprintf(`{"type":"subscribe","channel":"a","since":{"epoch":%q,"seq":%d}}`, m.epochHere(), c.start-c.since)
}

func textFrame(s string) []byte { return enginetest.Frame(frame.OpText, []byte(s)) }

// BenchmarkPublishBook is a publish to a channel whose book is kept up to date, whether or not somebody comes.
func BenchmarkPublishBook(b *testing.B) {
	for _, fold := range []bool{false, true} {
		b.Run(fmt.Sprint("fold=", fold), func(b *testing.B) {
			o := hub.Book(nil)
			if fold {
				o.Fold = orderbook.Fold
			}
			m := inMemory(b, kept(o), feed.Config{})
			differences(b, m, 1, 1)
			n := 2
			for b.Loop() {
				differences(b, m, n, 1)
				n++
			}
		})
	}
}
