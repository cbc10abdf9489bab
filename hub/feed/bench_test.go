package feed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

const trade = `{"e":"trade","E":1723161254087,"s":"BTCUSDT","t":3748432164,"p":"61230.10","q":"0.00400","T":1723161254086,"m":true}`

var tradeMessage = hub.Message{Channel: "btcusdt@trade", Position: hub.Position{Epoch: "E", Seq: 42}, Op: frame.OpText,
	Data: []byte(trade), Time: 1723161254087896568, Options: new(hub.ChannelOptions)}

// session returns a session that is open, on a client that throws away what it gets.
func session(tb testing.TB) (*memory, *feed.Session) {
	m := inMemory(tb, hub.Config{}, feed.Config{})
	var s *feed.Session
	h := m.feed.Handler()
	open := h.Open
	h.Open = func(c *engine.Conn) { open(c); s = c.User().(*feed.Session) }
	m.Server = newServer(tb, h)
	c := m.dial()
	c.Discard()
	return m, s
}

// What a message costs must not grow with its members.
func TestDeliverAllocatesNothing(t *testing.T) {
	if checked {
		t.Skip("this build checks the goroutine of every call, which allocates")
	}
	m, s := session(t)
	msg := &tradeMessage
	deliver := func() {
		for range 10 {
			if o := s.Deliver(msg); o != hub.Sent {
				t.Fatal(o)
			}
		}
		m.Turn(0)
	}
	deliver() // the frame is made on the first
	if n := testing.AllocsPerRun(100, deliver); n != 0 {
		t.Errorf("%v allocations for ten deliveries and their write, want 0", n)
	}
}

func TestEnvelopeAllocatesNothing(t *testing.T) {
	buf := make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() { buf = feed.Encoding.Append(buf[:0], &tradeMessage) }); n != 0 {
		t.Errorf("%v allocations a message, want 0", n)
	}
}

// BenchmarkDeliver is what one member costs for one message, its share of the writes in memory
// included: a loop with 1000 connections, one message to each.
func BenchmarkDeliver(b *testing.B) {
	const members = 1000
	m := inMemory(b, hub.Config{}, feed.Config{})
	for range members {
		c := m.dial()
		c.Discard()
		together(c, `{"type":"subscribe","channel":"btcusdt@trade"}`)
	}
	m.Settle()
	data := []byte(trade)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := m.feed.PublishValid(b.Context(), "btcusdt@trade", data, 7); err != nil {
			b.Fatal(err)
		}
		m.Settle()
		n += members
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/member")
	if st := m.hub.Stats(); st.Sent != uint64(n) {
		b.Fatalf("%d of %d delivered", st.Sent, n)
	}
}

func BenchmarkEnvelope(b *testing.B) {
	buf := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		buf = feed.Encoding.Append(buf[:0], &tradeMessage)
	}
}

// BenchmarkPublish compares publishing with and without the check of the data, to nobody.
func BenchmarkPublish(b *testing.B) {
	_, f := newFeed(b, hub.Config{}, feed.Config{})
	data := []byte(trade)
	for _, c := range []struct {
		name string
		f    func() error
	}{
		{"checked", func() error { return f.Publish(b.Context(), "btcusdt@trade", data, 7) }},
		{"valid", func() error { return f.PublishValid(b.Context(), "btcusdt@trade", data, 7) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	var names []string
	for i := range feed.MaxBatch {
		names = append(names, fmt.Sprintf(`"symbol%dusdt@trade"`, i))
	}
	for name, req := range map[string]string{
		"ping":       `{"type":"ping","id":17}`,
		"subscribe":  `{"type":"subscribe","channel":"btcusdt@trade","id":"a1"}`,
		"batch":      `{"type":"subscribe","channels":[` + strings.Join(names, ",") + `]}`,
		"not_object": `[1,2,3]`,
	} {
		b.Run(name, func(b *testing.B) {
			p := []byte(req)
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			for b.Loop() {
				feed.Parse(p)
			}
		})
	}
}

// BenchmarkSubscribe is a subscribe and an unsubscribe, answers and loop turns included.
func BenchmarkSubscribe(b *testing.B) {
	m := inMemory(b, hub.Config{}, feed.Config{})
	c := m.dial()
	c.Discard()
	b.ReportAllocs()
	for b.Loop() {
		together(c, `{"type":"subscribe","channel":"btcusdt@trade"}`)
		m.Settle()
		together(c, `{"type":"unsubscribe","channel":"btcusdt@trade"}`)
	}
}

// BenchmarkRequestBatch is the most that one request can ask for: 1024 channels in, and out again.
func BenchmarkRequestBatch(b *testing.B) {
	var names []string
	for i := range feed.MaxBatch {
		names = append(names, fmt.Sprintf(`"symbol%dusdt@trade"`, i))
	}
	list := strings.Join(names, ",")
	m := inMemory(b, hub.Config{}, feed.Config{})
	c := m.dial()
	c.Discard()
	b.ReportAllocs()
	for b.Loop() {
		together(c, `{"type":"subscribe","channels":[`+list+`]}`)
		m.Settle()
		together(c, `{"type":"unsubscribe","channels":[`+list+`]}`)
	}
}

// BenchmarkMaxHz is a window of 1000 members with the same rate: ten messages of which each is sent the last, its share of the writes in
// memory included.
func BenchmarkMaxHz(b *testing.B) {
	const members = 1000
	m := inMemory(b, hub.Config{Options: policies}, feed.Config{})
	m.Server = enginetest.New(b, engine.Config{FloodRate: -1, PingAfter: -1, DeadAfter: -1}, m.feed.Handler()) // the clients say nothing for minutes
	for range members {
		c := m.dial()
		c.Discard()
		together(c, `{"type":"subscribe","channel":"tick","maxHz":100}`)
	}
	m.Settle()
	data := []byte(trade)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for range 10 {
			if err := m.feed.PublishValid(b.Context(), "tick", data, 7); err != nil {
				b.Fatal(err)
			}
		}
		m.Settle()
		m.Advance(10 * time.Millisecond)
		n += members
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/member")
	if st := m.feed.Stats(); st.Conflated < uint64(8*(n-members)) {
		b.Fatalf("%+v", st)
	}
}
