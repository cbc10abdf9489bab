package feed_test

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// A node holds a million sessions, so one more word is eight megabytes.
func TestSessionSize(t *testing.T) {
	if n := unsafe.Sizeof(feed.Session{}); n != 48 {
		t.Errorf("a Session has %d bytes, want 48", n)
	}
}

func TestSubscribeMessageUnsubscribe(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.dial()
	m.publish("a@trade", `1`, 7)
	together(c, `{"type":"subscribe","channel":"a@trade","id":"x"}`)
	m.expect(c, `{"type":"subscribed","channel":"a@trade","epoch":"E","seq":1,"id":"x"}`)
	m.publish("a@trade", ` {"p": "0.10" } `, 1723161254087896568)
	m.publish("other", `2`, 7)
	m.expect(c, `{"type":"message","channel":"a@trade","seq":2,"ts":1723161254087896568,"data": {"p": "0.10" } }`)
	together(c, `{"type":"unsubscribe","channel":"a@trade"}`)
	m.publish("a@trade", `3`, 7)
	m.expect(c, `{"type":"unsubscribed","channel":"a@trade"}`)
	together(c, `{"type":"ping","id":-5}`, `{"type":"ping"}`)
	m.expect(c, `{"type":"pong","id":-5}`, `{"type":"pong"}`)
}

// What is published between the request and the hub's taking the session in belongs to the
// subscription or lies before it, but is never lost between: seq tells which.
func TestMessagesPublishedWhileAJoinIsUnderWay(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.dial()
	m.publish("a", `1`, 7)
	together(c, `{"type":"subscribe","channel":"a"}`) // the mark is behind message 1
	m.publish("a", `2`, 7)
	m.publish("a", `3`, 7)
	m.expect(c,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":1}`,
		`{"type":"message","channel":"a","seq":2,"ts":7,"data":2}`,
		`{"type":"message","channel":"a","seq":3,"ts":7,"data":3}`)
}

// Requests for one channel that come in one read are answered in their order, each as if the one before had
// been answered first.
func TestPipelinedRequestsForOneChannel(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.dial()
	req := func(typ string, id int) string { return fmt.Sprintf(`{"type":%q,"channel":"a","id":%d}`, typ, id) }
	together(c, req("subscribe", 1), req("unsubscribe", 2), req("subscribe", 3), req("subscribe", 4),
		req("unsubscribe", 5), req("unsubscribe", 6), req("subscribe", 7), `{"type":"subscribe","channel":"b","id":8}`)
	m.publish("a", `1`, 7) // before the last subscribe takes effect
	m.expect(c,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":0,"id":1}`,
		`{"type":"unsubscribed","channel":"a","id":2}`,
		`{"type":"subscribed","channel":"b","epoch":"E","seq":0,"id":8}`,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":1,"id":3}`,
		`{"type":"error","code":"already_subscribed","message":"this connection is subscribed to the channel already","channel":"a","id":4}`,
		`{"type":"unsubscribed","channel":"a","id":5}`,
		`{"type":"error","code":"not_subscribed","message":"this connection is not subscribed to the channel","channel":"a","id":6}`,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":1,"id":7}`)
	m.publish("a", `2`, 7)
	m.expect(c, `{"type":"message","channel":"a","seq":2,"ts":7,"data":2}`)
}

// A client that floods one channel with requests while its loop is behind costs bounded memory.
func TestRequestsThatWaitAreBounded(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`)
	for range feed.MaxLater {
		together(c, `{"type":"subscribe","channel":"a"}`)
	}
	if got := m.got(c); len(got) != 0 {
		t.Fatalf("answered before the join: %v", got)
	}
	together(c, `{"type":"unsubscribe","channel":"a","id":9}`)
	const busy = `{"type":"error","code":"unavailable","message":"too many requests wait for a subscription to take effect; wait for its answer","channel":"a","id":9}`
	if got := m.got(c); len(got) != 1 || got[0] != busy {
		t.Fatalf("got %v", got)
	}
	m.Settle()
	got := m.got(c)
	if len(got) != 1+feed.MaxLater || !strings.Contains(got[0], `"subscribed"`) || !strings.Contains(got[feed.MaxLater], "already_subscribed") {
		t.Fatalf("%d answers when the join is done", len(got))
	}
	together(c, `{"type":"unsubscribe","channel":"a","id":10}`)
	m.expect(c, `{"type":"unsubscribed","channel":"a","id":10}`)
}

// The bound is on what waits at a time, so that what has been carried out makes room, also while another
// join goes on waiting.
func TestRequestsThatWaitedMakeRoom(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`, `{"type":"subscribe","channel":"b"}`, `{"type":"unsubscribe","channel":"a"}`)
	for range feed.MaxLater - 1 {
		together(c, `{"type":"subscribe","channel":"a"}`)
	}
	want := []string{
		`{"type":"subscribed","channel":"a","epoch":"E","seq":0}`,
		`{"type":"unsubscribed","channel":"a"}`,
		`{"type":"subscribed","channel":"b","epoch":"E","seq":0}`,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":0}`,
	}
	for range feed.MaxLater - 2 {
		want = append(want, `{"type":"error","code":"already_subscribed","message":"this connection is subscribed to the channel already","channel":"a"}`)
	}
	m.expect(c, want...)
}

func TestManyChannelsInOneRequest(t *testing.T) {
	m := inMemory(t, hub.Config{MaxChannelsPerMember: 3}, feed.Config{})
	c := m.dial()
	together(c, `{"type":"subscribe","channels":[ "a" ,"b","b","no good","c","d"],"id":1}`)
	m.expect(c,
		`{"type":"error","code":"bad_channel","message":"not a legal channel name: byte ' ' at offset 2; legal are A-Z a-z 0-9 _ . : @ / ! $ + -","channel":"no good","id":1}`,
		`{"type":"error","code":"too_many_channels","message":"this connection has as many channels as it may have; unsubscribe from one first","channel":"d","id":1}`,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":0,"id":1}`,
		`{"type":"subscribed","channel":"b","epoch":"E","seq":0,"id":1}`,
		`{"type":"error","code":"already_subscribed","message":"this connection is subscribed to the channel already","channel":"b","id":1}`,
		`{"type":"subscribed","channel":"c","epoch":"E","seq":0,"id":1}`)
	together(c, `{"type":"unsubscribe","channels":["a","d","c"],"id":2}`)
	m.expect(c,
		`{"type":"unsubscribed","channel":"a","id":2}`,
		`{"type":"error","code":"not_subscribed","message":"this connection is not subscribed to the channel","channel":"d","id":2}`,
		`{"type":"unsubscribed","channel":"c","id":2}`)
	together(c, `{"type":"subscribe","channel":"d"}`)
	m.expect(c, `{"type":"subscribed","channel":"d","epoch":"E","seq":0}`)
}

// EDGE: at most 1024 subscriptions a connection, all released on close.
func TestChannelLimitOfAConnection(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.dial()
	names := func(from, to int) string {
		var list []string
		for i := from; i < to; i++ {
			list = append(list, fmt.Sprintf(`"c%d"`, i))
		}
		return strings.Join(list, ",")
	}
	together(c, `{"type":"subscribe","channels":[`+names(0, 1024)+`]}`)
	m.Settle()
	if got := m.got(c); len(got) != 1024 || got[1023] != `{"type":"subscribed","channel":"c1023","epoch":"E","seq":0}` {
		t.Fatalf("%d answers", len(got))
	}
	const full = `{"type":"error","code":"too_many_channels","message":"this connection has as many channels as it may have; unsubscribe from one first","channel":"more"}`
	together(c, `{"type":"subscribe","channel":"more"}`)
	m.expect(c, full)
	together(c, `{"type":"unsubscribe","channel":"c77"}`, `{"type":"subscribe","channel":"more"}`)
	m.expect(c, `{"type":"unsubscribed","channel":"c77"}`, `{"type":"subscribed","channel":"more","epoch":"E","seq":0}`)
	if n := m.hub.Channels(); n != 1024 {
		t.Errorf("%d channels, want 1024", n)
	}
	c.Reset()
	m.Settle()
	if n := m.hub.Channels(); n != 0 {
		t.Errorf("%d channels have members after the only client has gone", n)
	}
	if st := m.feed.Stats(); st.Sessions != 0 || st.Requests != 4 || st.Errors != 1 || st.OverLimit != 1 {
		t.Errorf("stats %+v", st)
	}
}

// A client that goes between its request and the join leaves nothing behind.
func TestCloseWhileAJoinIsUnderWay(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`, `{"type":"unsubscribe","channel":"a"}`)
	c.Reset()
	m.Settle()
	if n := m.hub.Channels(); n != 0 {
		t.Errorf("%d channels have members", n)
	}
	if got := m.got(c); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

// EDGE: "binary where only text makes sense" is 1003.
func TestBinaryCloses(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.dial()
	c.Send(frame.OpBinary, []byte(`{"type":"ping"}`))
	m.expect(c, "close "+frame.StatusUnsupported.String()+" the feed takes JSON in text messages")
}
