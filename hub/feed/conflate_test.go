package feed_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// policies is a hub whose channels are called what they are.
func policies(name string) *hub.ChannelOptions {
	switch {
	case strings.HasSuffix(name, "@ticker"):
		return &hub.ChannelOptions{Slow: hub.SlowConflate}
	case strings.HasSuffix(name, "@kline"):
		return &hub.ChannelOptions{Slow: hub.SlowDrop}
	case strings.HasPrefix(name, "lossless"):
		return &hub.ChannelOptions{Slow: hub.SlowLossless}
	case strings.HasPrefix(name, "drop"):
		return &hub.ChannelOptions{Slow: hub.SlowDrop}
	case strings.HasPrefix(name, "tick4"):
		return &hub.ChannelOptions{Slow: hub.SlowConflate, MaxHz: 4}
	case strings.HasPrefix(name, "tick"):
		return &hub.ChannelOptions{Slow: hub.SlowConflate}
	case strings.HasPrefix(name, "beat"):
		return &hub.ChannelOptions{Slow: hub.SlowConflate, Heartbeat: time.Second}
	}
	return nil
}

func withPolicies(t testing.TB) *memory {
	return inMemory(t, hub.Config{Options: policies}, feed.Config{})
}

// put publishes a small message with a key.
func (m *memory) put(channel, key, data string) {
	m.t.Helper()
	if _, err := m.hub.Publish(m.t.Context(), channel, hub.Payload{Op: 1, Data: []byte(data), Key: key, Time: 7}); err != nil {
		m.t.Fatal(err)
	}
	m.Settle()
}

// fill takes a client that does not read to its high watermark, with messages of a channel of its own.
func (m *memory) fill(c *enginetest.Client) {
	m.t.Helper()
	together(c, `{"type":"subscribe","channel":"lossless@fill"}`)
	m.Settle()
	m.got(c)
	c.Stall()
	for range 70 {
		m.publish("lossless@fill", `"`+strings.Repeat("x", 998)+`"`, 7)
	}
	m.Settle()
}

// rest are the messages that are not the filling.
func (m *memory) rest(c *enginetest.Client) (msgs []string) {
	for _, msg := range m.got(c) {
		if !strings.Contains(msg, "lossless@fill") {
			msgs = append(msgs, msg)
		}
	}
	return msgs
}

func (m *memory) want(c *enginetest.Client, want ...string) {
	m.t.Helper()
	if got := m.rest(c); strings.Join(got, "\n") != strings.Join(want, "\n") {
		m.t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestConflation(t *testing.T) {
	m := withPolicies(t)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"tick"}`)
	m.fill(c)
	for i := range 10 {
		m.put("tick", "abc"[i%3:][:1], fmt.Sprint(i))
	}
	if st := m.hub.Stats(); st.Queued < 10 || st.Dropped != 0 {
		t.Errorf("hub stats %+v", st)
	}
	m.Advance(time.Second) // for the levels
	if st := m.feed.Stats(); st.Holding != (hub.HoldStats{Messages: 3, Slow: 1}) {
		t.Errorf("levels %+v", st.Holding)
	}
	c.Unstall()
	m.Advance(time.Second)
	m.put("tick", "a", `"live"`)
	m.want(c,
		`{"type":"message","channel":"tick","seq":8,"from":1,"ts":7,"key":"b","data":7}`,
		`{"type":"message","channel":"tick","seq":9,"ts":7,"key":"c","data":8}`,
		`{"type":"message","channel":"tick","seq":10,"ts":7,"key":"a","data":9}`,
		`{"type":"message","channel":"tick","seq":11,"ts":7,"key":"a","data":"live"}`)
	if st := m.feed.Stats(); st.Conflated != 7 || st.Holding != (hub.HoldStats{}) {
		t.Errorf("stats %+v", st)
	}
}

// A gap that the publisher has declared is not lost with the message that bore it: the one which accounts for that message bears it, in both
// encodings, and no other one does.
func TestGapOfASupersededMessage(t *testing.T) {
	m := withPolicies(t)
	packed, c := m.dialFor("/feed", feed.SubprotocolMsgpack), m.dial()
	together(packed, `{"type":"subscribe","channel":"tick"}`, `{"type":"subscribe","channel":"lossless@fill"}`)
	together(c, `{"type":"subscribe","channel":"tick"}`)
	m.Settle()
	packed.Stall()
	m.fill(c)
	for _, s := range []string{"a", "b gap", "c", "a", "c", "b", "c gap"} {
		key, gap := strings.CutSuffix(s, " gap")
		p := hub.Payload{Op: frame.OpText, Data: []byte("0"), Key: key, Gap: gap, Time: 7}
		if _, err := m.hub.Publish(t.Context(), "tick", p); err != nil {
			t.Fatal(err)
		}
		m.Settle()
	}
	c.Unstall()
	packed.Unstall()
	m.Advance(time.Second)
	m.want(c,
		`{"type":"message","channel":"tick","seq":4,"from":1,"ts":7,"key":"a","gap":true,"data":0}`,
		`{"type":"message","channel":"tick","seq":6,"from":5,"ts":7,"key":"b","data":0}`,
		`{"type":"message","channel":"tick","seq":7,"ts":7,"key":"c","gap":true,"data":0}`)
	var gaps []any
	for _, f := range packed.Frames() {
		if msg := unpack(t, f.Payload); msg["channel"] == "tick" && msg["type"] == "message" {
			gaps = append(gaps, msg["gap"])
		}
	}
	if want := []any{true, nil, true}; !slices.Equal(gaps, want) {
		t.Errorf("packed, the gaps are %v, want %v", gaps, want)
	}
}

// A channel that drops says how many in the next message, or at the next occasion if there is none.
func TestDropped(t *testing.T) {
	for _, channel := range []string{"drop", "default"} {
		m := withPolicies(t)
		c := m.dial()
		together(c, `{"type":"subscribe","channel":"`+channel+`"}`)
		m.fill(c)
		for i := range 5 {
			m.put(channel, "", fmt.Sprint(i))
		}
		c.SetCapacity(c.Pending() + 20<<10) // below the high watermark, and above the low one
		c.Unstall()
		m.Advance(100 * time.Millisecond)
		m.put(channel, "", `"next"`)
		c.SetCapacity(-1)
		m.Advance(time.Second)
		m.want(c, `{"type":"message","channel":"`+channel+`","seq":6,"dropped":5,"ts":7,"data":"next"}`)

		m.fill(c)
		m.put(channel, "", `7`)
		m.put(channel, "", `8`)
		c.Unstall()
		m.Advance(time.Second)
		m.put(channel, "", `9`)
		m.want(c, `{"type":"dropped","channel":"`+channel+`","from":7,"seq":8}`,
			`{"type":"message","channel":"`+channel+`","seq":9,"ts":7,"data":9}`)
		if st := m.hub.Stats(); st.Dropped != 7 {
			t.Errorf("the hub counts %d dropped", st.Dropped)
		}
	}
}

// Nothing of a lossless channel is left out, and requests are answered although the high watermark was passed; at the
// hard limit the client is closed.
func TestLossless(t *testing.T) {
	m := withPolicies(t)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"lossless"}`)
	m.fill(c)
	for range 200 {
		m.publish("lossless", `"`+strings.Repeat("y", 998)+`"`, 7)
	}
	m.Settle()
	together(c, `{"type":"ping","id":1}`)
	m.Settle()
	c.Unstall()
	m.Advance(time.Second)
	got := m.rest(c)
	if len(got) != 201 || got[200] != `{"type":"pong","id":1}` {
		t.Fatalf("%d messages, the last %.100s", len(got), got[len(got)-1])
	}
	c.Stall()
	for range 5000 {
		m.publish("lossless", `"`+strings.Repeat("z", 998)+`"`, 7)
		m.Settle()
	}
	if st := m.Engine().Stats(); st.SlowClosed != 1 || st.Reasons[engine.ReasonHardLimit] != 1 {
		t.Errorf("stats %+v", st)
	}
}

func TestMaxHz(t *testing.T) {
	m := withPolicies(t)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"tick","maxHz":5,"id":1}`)
	m.expect(c, `{"type":"subscribed","channel":"tick","epoch":"E","seq":0,"maxHz":5,"policy":"conflate","id":1}`)
	for i := range 100 { // a message a 10 ms: 20 in a window
		m.put("tick", "", fmt.Sprint(i))
		m.Advance(10 * time.Millisecond)
	}
	m.want(c,
		`{"type":"message","channel":"tick","seq":1,"ts":7,"data":0}`,
		`{"type":"message","channel":"tick","seq":20,"from":2,"ts":7,"data":19}`,
		`{"type":"message","channel":"tick","seq":40,"from":21,"ts":7,"data":39}`,
		`{"type":"message","channel":"tick","seq":60,"from":41,"ts":7,"data":59}`,
		`{"type":"message","channel":"tick","seq":80,"from":61,"ts":7,"data":79}`,
		`{"type":"message","channel":"tick","seq":100,"from":81,"ts":7,"data":99}`)

	m.put("tick", "", `100`)
	together(c, `{"type":"configure","channel":"tick","maxHz":0,"id":2}`)
	m.Settle()
	m.put("tick", "", `101`)
	m.want(c, `{"type":"configured","channel":"tick","maxHz":0,"id":2}`,
		`{"type":"message","channel":"tick","seq":101,"ts":7,"data":100}`,
		`{"type":"message","channel":"tick","seq":102,"ts":7,"data":101}`)

	together(c, `{"type":"configure","channel":"tick","maxHz":0.5}`)
	m.Settle()
	m.put("tick", "", `102`)
	m.put("tick", "", `103`)
	m.Advance(1900 * time.Millisecond)
	m.want(c, `{"type":"configured","channel":"tick","maxHz":0.5}`, `{"type":"message","channel":"tick","seq":103,"ts":7,"data":102}`)
	m.Advance(200 * time.Millisecond)
	m.want(c, `{"type":"message","channel":"tick","seq":104,"ts":7,"data":103}`)
}

// What a channel offers is the most, and what a client asks for may be less.
func TestMaxHzOfTheChannel(t *testing.T) {
	m := withPolicies(t)
	c := m.dial()
	for req, want := range map[string]string{
		`{"type":"subscribe","channel":"tick4a"}`:            `{"type":"subscribed","channel":"tick4a","epoch":"E","seq":0,"maxHz":4,"policy":"conflate"}`,
		`{"type":"subscribe","channel":"tick4b","maxHz":50}`: `{"type":"subscribed","channel":"tick4b","epoch":"E","seq":0,"maxHz":4,"policy":"conflate"}`,
		`{"type":"subscribe","channel":"tick4c","maxHz":2}`:  `{"type":"subscribed","channel":"tick4c","epoch":"E","seq":0,"maxHz":2,"policy":"conflate"}`,
	} {
		together(c, req)
		m.expect(c, want)
	}
	together(c, `{"type":"configure","channel":"tick4c","maxHz":0}`)
	m.expect(c, `{"type":"configured","channel":"tick4c","maxHz":4}`)
}

// A pattern's rate is that of those of its channels that can have one.
func TestMaxHzOfAPattern(t *testing.T) {
	m := withPolicies(t)
	m.publish("ticks@a", `1`, 7)
	m.publish("drop@a", `1`, 7)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"*@a","maxHz":10}`)
	m.Settle()
	got := strings.Join(m.got(c), "\n")
	for _, want := range []string{
		`{"type":"subscribed","channel":"ticks@a","epoch":"E","seq":1,"maxHz":10,"policy":"conflate","pattern":"*@a"}`,
		`{"type":"subscribed","channel":"drop@a","epoch":"E","seq":1,"policy":"drop","pattern":"*@a"}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant %s", got, want)
		}
	}
}

func TestBadRates(t *testing.T) {
	m := withPolicies(t)
	c := m.dial()
	const bounds = `maxHz must be 0 or a number from 0.01 to 250`
	for _, row := range [][2]string{
		{`{"type":"subscribe","channel":"tick","maxHz":251}`, `{"type":"error","code":"bad_request","message":"` + bounds + `"}`},
		{`{"type":"subscribe","channel":"tick","maxHz":-1}`, `{"type":"error","code":"bad_request","message":"` + bounds + `"}`},
		{`{"type":"subscribe","channel":"tick","maxHz":1e-9}`, `{"type":"error","code":"bad_request","message":"` + bounds + `"}`},
		{`{"type":"subscribe","channel":"tick","maxHz":1e999}`, `{"type":"error","code":"bad_request","message":"` + bounds + `"}`},
		{`{"type":"subscribe","channel":"tick","maxHz":"5"}`, `{"type":"error","code":"bad_request","message":"` + bounds + `"}`},
		{`{"type":"subscribe","channel":"tick","maxHz":null}`, `{"type":"error","code":"bad_request","message":"` + bounds + `"}`},
		{`{"type":"configure","channel":"tick"}`, `{"type":"error","code":"bad_request","message":"maxHz is missing"}`},
		{`{"type":"configure","channel":"tick*","maxHz":1}`, `{"type":"error","code":"bad_request","message":"configure takes the name of a channel, not a pattern","channel":"tick*"}`},
		{`{"type":"configure","channel":"tick","maxHz":1}`, `{"type":"error","code":"not_subscribed","message":"this connection is not subscribed to the channel","channel":"tick"}`},
		{`{"type":"subscribe","channel":"drop","maxHz":5}`, `{"type":"error","code":"not_conflated","message":"maxHz is for channels whose values may be left out; this one has the policy drop","channel":"drop"}`},
	} {
		together(c, row[0])
		m.expect(c, row[1])
	}
	together(c, `{"type":"subscribe","channel":"lossless"}`, `{"type":"configure","channel":"lossless","maxHz":5}`, `{"type":"configure","channel":"lossless","maxHz":0}`)
	m.expect(c, `{"type":"subscribed","channel":"lossless","epoch":"E","seq":0,"policy":"lossless"}`,
		`{"type":"error","code":"not_conflated","message":"maxHz is for channels whose values may be left out; this one has the policy lossless","channel":"lossless"}`,
		`{"type":"configured","channel":"lossless","maxHz":0}`)
}

// Who leaves is sent nothing more of what was held, and who comes back begins anew.
func TestLeavingEndsWhatIsHeld(t *testing.T) {
	m := withPolicies(t)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"tick","maxHz":1}`)
	m.Settle()
	m.put("tick", "", `1`)
	m.put("tick", "", `2`)
	together(c, `{"type":"unsubscribe","channel":"tick"}`, `{"type":"subscribe","channel":"tick"}`)
	m.Settle()
	m.put("tick", "", `3`)
	m.Advance(3 * time.Second)
	m.want(c, `{"type":"subscribed","channel":"tick","epoch":"E","seq":0,"maxHz":1,"policy":"conflate"}`,
		`{"type":"message","channel":"tick","seq":1,"ts":7,"data":1}`,
		`{"type":"unsubscribed","channel":"tick"}`,
		`{"type":"subscribed","channel":"tick","epoch":"E","seq":2,"policy":"conflate"}`,
		`{"type":"message","channel":"tick","seq":3,"ts":7,"data":3}`)
}

// A heartbeat says that there is nothing more, so it is not for those who have not got it yet.
func TestNoHeartbeatWhileHolding(t *testing.T) {
	m := withPolicies(t)
	slow, fast := m.dial(), m.dial()
	together(slow, `{"type":"subscribe","channel":"beat","maxHz":0.01}`)
	together(fast, `{"type":"subscribe","channel":"beat"}`)
	m.Settle()
	m.put("beat", "", `1`)
	m.put("beat", "", `2`)
	m.got(slow)
	m.got(fast)
	for s := range time.Duration(3) {
		m.hub.Heartbeat(time.Unix(100, 0).Add(s * time.Second))
		m.Settle()
	}
	m.want(slow)
	if got := m.rest(fast); len(got) != 2 || !strings.HasPrefix(got[0], `{"type":"heartbeat","channel":"beat","seq":2,`) {
		t.Errorf("the one that has everything got %q", got)
	}
}

// When nobody holds anything, nothing is left of it, whoever went how.
func TestNothingIsLeft(t *testing.T) {
	m := withPolicies(t)
	a, b, c := m.dial(), m.dial(), m.dial()
	for _, x := range []*enginetest.Client{a, b, c} {
		together(x, `{"type":"subscribe","channels":["tick","drop","tick4","tickx","ticky","tickz"]}`)
		m.fill(x)
		for _, ch := range []string{"tick", "drop", "tick4", "tickx", "ticky", "tickz"} {
			m.put(ch, "", `1`)
			m.put(ch, "", `2`)
		}
	}
	if feed.Slow(m.feed) != 1 {
		t.Fatal("nothing is held: the test shows nothing")
	}
	a.Reset()
	together(b, `{"type":"unsubscribe","channels":["tick","drop","tick4","tickx","ticky","tickz"]}`)
	m.Settle()
	b.Unstall()
	c.Unstall()
	m.Advance(time.Second)
	together(c, `{"type":"unsubscribe","channel":"tick4"}`) // whose rate is a thing to keep
	m.Settle()
	if n := feed.Slow(m.feed); n != 0 {
		t.Errorf("%d loops still hold something", n)
	}
}

// What went past the high watermark may be written while a window that has ended is served, before a Drain: that one counts, too.
func TestNothingIsLeftOfARunAboveTheWatermark(t *testing.T) {
	h, f := newFeed(t, hub.Config{Options: policies}, feed.Config{})
	var last *feed.Session
	hd := f.Handler()
	open := hd.Open
	hd.Open = func(c *engine.Conn) {
		last = c.User().(*feed.Session)
		open(c)
	}
	m := &memory{newServer(t, hd), t, h, f}
	for range 100 { // so many writes are more than one turn makes at first
		together(m.dial(), `{"type":"subscribe","channel":"lossless"}`)
	}
	c := m.dial()
	together(c, `{"type":"subscribe","channels":["lossless","tick4"]}`)
	m.put("tick4", "", `1`)
	m.put("tick4", "", `2`) // waits for its window
	m.got(c)
	m.Jump(time.Second)
	m.publish("lossless", `"`+strings.Repeat("x", 100_000)+`"`, 7)
	m.Turn(0)
	if c.Pending() > 0 {
		t.Fatal("there is nothing left over")
	}
	m.Tick(0)
	m.Settle()
	if got := m.got(c); len(got) != 2 || !strings.Contains(got[1], `"data":2}`) {
		t.Errorf("got %d messages", len(got))
	}
	together(c, `{"type":"unsubscribe","channels":["lossless","tick4"]}`)
	m.Settle()
	if feed.HasRare(last) || feed.Slow(f) != 0 {
		t.Error("something is left")
	}
}
