package feed_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// dialFor is dial with a path and subprotocols of the test's.
func (m *memory) dialFor(path, protocols string) *enginetest.Client {
	m.t.Helper()
	c := m.Dial()
	r := c.Handshake(path, "Sec-WebSocket-Protocol: "+protocols)
	if r.StatusCode != http.StatusSwitchingProtocols {
		m.t.Fatal(r.Status)
	}
	return c
}

// sameAs holds what packed has got against what plain has: the same messages, each in its own encoding.
func (m *memory) sameAs(plain, packed *enginetest.Client) (kinds []string) {
	m.t.Helper()
	m.Settle()
	want, got := plain.Frames(), packed.Frames()
	if len(want) != len(got) {
		m.t.Fatalf("%d messages in JSON, %d in MessagePack", len(want), len(got))
	}
	for i := range want {
		if want[i].Op != frame.OpText || got[i].Op != frame.OpBinary {
			m.t.Fatalf("message %d: %v and %v", i, want[i].Op, got[i].Op)
		}
		a, b := unjson(m.t, want[i].Payload), unpack(m.t, got[i].Payload)
		if !means(b, a) {
			m.t.Fatalf("message %d:\n%s\n%v", i, want[i].Payload, b)
		}
		kinds = append(kinds, a["type"].(string))
	}
	return kinds
}

// Two clients ask for the same, one in each encoding: everything that the server says has the same meaning to both, answers, states, ranges
// and what was dropped included, with times and without.
func TestPackedSession(t *testing.T) {
	for _, path := range []string{"/feed", "/feed?times=1"} {
		m := inMemory(t, hub.Config{Options: policies, Stamp: true}, feed.Config{PermitPublish: func(any, string) bool { return true }})
		plain, packed := m.dialFor(path, "weir.v1"), m.dialFor(path, "weir.v1.msgpack, weir.v1")
		seen := map[string]bool{}
		both := func(msgs ...string) {
			t.Helper()
			together(plain, msgs...)
			together(packed, msgs...)
			for _, k := range m.sameAs(plain, packed) {
				seen[k] = true
			}
		}
		both(`{"type":"ping","id":18446744073709551615}`, `{"type":"ping","id":99999999999999999999}`, `{"type":"ping","id":"\u00e9\""}`, `{"type":"nonsense"}`, `{`)
		both(`{"type":"subscribe","channels":["all@ticker","btcusdt@kline","lossless","beat"],"id":-7}`, `{"type":"subscribe","channel":"*@trade"}`)
		both(`{"type":"configure","channel":"all@ticker","maxHz":0.1,"id":"c"}`, `{"type":"configure","channel":"all@ticker","maxHz":0}`)
		both(`{"type":"unsubscribe","channel":"lossless"}`, `{"type":"unsubscribe","channel":"nowhere"}`)
		m.put("beat", "a key", `{"p":[1.5,-2,"\u0041",0.1000000000000000055]}`)
		m.put("new@trade", "", `null`)
		both()
		m.hub.Heartbeat(time.Unix(1000, 0))
		m.hub.Heartbeat(time.Unix(2000, 0))
		both()
		for _, c := range []*enginetest.Client{plain, packed} { // as slow as each other: nothing gets out until both have room
			c.Stall()
			m.Settle()
		}
		m.put("all@ticker", "", `"`+strings.Repeat("x", 200<<10)+`"`)
		m.put("all@ticker", "", `1`)
		for i := range 9 {
			m.put("all@ticker", []string{"BTCUSDT", "ETHUSDT"}[i%2], `{"p":1}`)
			m.put("btcusdt@kline", "", `1`)
		}
		for _, c := range []*enginetest.Client{plain, packed} {
			c.Unstall()
		}
		m.Advance(time.Second)
		both(`{"type":"ping"}`)
		m.put("btcusdt@kline", "", `2`)
		both()
		for _, k := range []string{"pong", "error", "subscribed", "configured", "unsubscribed", "message", "heartbeat", "dropped"} {
			if !seen[k] {
				t.Errorf("%s: no %s was seen", path, k)
			}
		}
		if m.feed.Stats().Conflated == 0 {
			t.Errorf("%s: nothing was conflated", path)
		}
	}
}

// Which encoding a client gets: that of the first of its subprotocols which the server has.
func TestNegotiation(t *testing.T) {
	for _, c := range []struct{ offer, want, op string }{
		{"weir.v1.msgpack", "weir.v1.msgpack", "binary"},
		{"weir.v1.msgpack, weir.v1", "weir.v1.msgpack", "binary"},
		{"weir.v1,weir.v1.msgpack", "weir.v1", "text"},
		{"weir.token.s3cret , weir.v2, weir.v1.msgpack", "weir.v1.msgpack", "binary"},
		{"weir.v1.cbor", "", "text"},
	} {
		m := inMemory(t, hub.Config{}, feed.Config{})
		client := m.Dial()
		r := client.Handshake("/feed", "Sec-WebSocket-Protocol: "+c.offer)
		together(client, `{"type":"ping"}`)
		m.Settle()
		if f := client.Frames(); r.Header.Get("Sec-Websocket-Protocol") != c.want || len(f) != 1 || f[0].Op.String() != c.op {
			t.Errorf("%s: the answer has %q, and then comes %v", c.offer, r.Header.Get("Sec-Websocket-Protocol"), f)
		}
	}
}

// recv is the hub's clock at the publish, sent the feed's when the first client is written to who wants to know; it is the same for all.
func TestTimes(t *testing.T) {
	hubNow, feedNow := time.Unix(0, 100), time.Unix(0, 200)
	m := inMemory(t, hub.Config{Stamp: true, Now: func() time.Time { return hubNow }, Options: func(string) *hub.ChannelOptions {
		return &hub.ChannelOptions{Snapshot: hub.SnapshotLast}
	}}, feed.Config{Now: func() time.Time { feedNow = feedNow.Add(1); return feedNow }})
	ask := `{"type":"subscribe","channel":"a"}`
	timed, other, off := m.dialFor("/feed?x=y&times=1", "weir.v1"), m.dialFor("/feed?times=1", "weir.v1"), m.dialFor("/feed?times=0", "weir.v1")
	for _, c := range []*enginetest.Client{timed, other, off} {
		together(c, ask)
		m.expect(c, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)
	}
	m.publish("a", `1`, 7)
	m.expect(off, `{"type":"message","channel":"a","seq":1,"ts":7,"data":1}`)
	for _, c := range []*enginetest.Client{timed, other} {
		m.expect(c, `{"type":"message","channel":"a","seq":1,"ts":7,"recv":100,"sent":201,"data":1}`)
	}
	late := m.dialFor("/feed?times=1", "weir.v1")
	together(late, ask)
	m.expect(late, `{"type":"subscribed","channel":"a","epoch":"E","seq":1,"snapshot":1}`,
		`{"type":"snapshot","channel":"a","seq":1,"ts":7,"recv":100,"sent":201,"data":1}`)

	for _, query := range []string{"times", "times=yes", "times=1&times=1", "times=2"} {
		if r := m.Dial().Handshake("/feed?" + query); r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", query, r.Status)
		}
	}
	unstamped := inMemory(t, hub.Config{}, feed.Config{Now: func() time.Time { return time.Unix(0, 5) }})
	c := unstamped.dialFor("/feed?times=1", "weir.v1")
	together(c, ask)
	unstamped.expect(c, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)
	unstamped.publish("a", `1`, 7)
	unstamped.expect(c, `{"type":"message","channel":"a","seq":1,"ts":7,"sent":5,"data":1}`)
}
