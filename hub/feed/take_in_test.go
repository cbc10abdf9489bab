package feed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
	"github.com/weir-ws/weir/hub/hubtest"
)

// anybody lets everybody publish, at a fixed time.
var anybody = feed.Config{
	PermitPublish: func(_ any, ch string) bool { return !strings.HasPrefix(ch, "secret") },
	Known:         func(ch string) bool { return !strings.Contains(ch, "unknown") },
	Now:           func() time.Time { return time.Unix(0, 1723161254087896568) },
}

// What a client publishes arrives byte for byte, numbered with everything else; its own answer comes first.
func TestPublishRequest(t *testing.T) {
	m := inMemory(t, hub.Config{}, anybody)
	c, other := m.dial(), m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`)
	together(other, `{"type":"subscribe","channel":"a"}`)
	m.expect(c, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)
	m.expect(other, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)
	together(c, `{"type":"publish","channel":"a","data": {"p": 1.50e0, "\u0061":"é"} ,"id":"x"}`,
		`{"type":"publish","channel":"\u0061","data":null,"ts":7,"key":"k"}`)
	m.publish("a", `3`, 9)
	want := []string{
		`{"type":"message","channel":"a","seq":1,"ts":1723161254087896568,"data":{"p": 1.50e0, "\u0061":"é"}}`,
		`{"type":"message","channel":"a","seq":2,"ts":7,"key":"k","data":null}`,
		`{"type":"message","channel":"a","seq":3,"ts":9,"data":3}`,
	}
	m.expect(c, append([]string{
		`{"type":"published","channel":"a","epoch":"E","seq":1,"id":"x"}`,
		`{"type":"published","channel":"a","epoch":"E","seq":2}`,
	}, want...)...)
	m.expect(other, want...)
	if st := m.feed.Stats(); st.Published != 2 || st.Errors != 0 {
		t.Errorf("stats %+v", st)
	}
}

// A member that is handed the message itself sees the key, for conflation.
func TestPublishRequestHasAKey(t *testing.T) {
	m := inMemory(t, hub.Config{}, anybody)
	loop := hubtest.Start(7)
	defer loop.Stop()
	rec := &keys{}
	var err error
	loop.Do(func() { err = m.hub.Join(loop, rec, "a", hub.JoinOptions{}) })
	if err != nil {
		t.Fatal(err)
	}
	c := m.dial()
	together(c, `{"type":"publish","channel":"a","data":1,"key":"btc\u0022"}`, `{"type":"publish","channel":"a","data":1}`)
	if err := m.hub.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	loop.Do(func() {
		if got := fmt.Sprintf("%q", rec.got); got != `["btc\"" ""]` {
			t.Errorf("keys %s", got)
		}
	})
}

type keys struct {
	in  hub.Memberships
	got []string
}

func (k *keys) Memberships() *hub.Memberships { return &k.in }
func (k *keys) Deliver(m *hub.Message) hub.Outcome {
	k.got = append(k.got, m.Key)
	return hub.Sent
}

// Two clients' messages are numbered in the order in which they came in, and everybody sees that order.
func TestPublishFromTwoClients(t *testing.T) {
	m := inMemory(t, hub.Config{}, anybody)
	a, b, reader := m.dial(), m.dial(), m.dial()
	together(reader, `{"type":"subscribe","channel":"x"}`)
	m.expect(reader, `{"type":"subscribed","channel":"x","epoch":"E","seq":0}`)
	var want []string
	for i := 1; i <= 40; i++ {
		c := a
		if i%3 == 0 {
			c = b
		}
		together(c, fmt.Sprintf(`{"type":"publish","channel":"x","data":%d,"ts":7}`, i))
		m.expect(c, fmt.Sprintf(`{"type":"published","channel":"x","epoch":"E","seq":%d}`, i))
		want = append(want, fmt.Sprintf(`{"type":"message","channel":"x","seq":%d,"ts":7,"data":%d}`, i, i))
	}
	m.expect(reader, want...)
}

// Answers about one channel come in the order of the requests, also while a join is under way; what is published
// behind a subscribe in the same read belongs to the subscription.
func TestPublishWhileAJoinIsUnderWay(t *testing.T) {
	m := inMemory(t, hub.Config{}, anybody)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"a","id":1}`,
		`{"type":"publish","channel":"a","data":1,"ts":7,"id":2}`,
		`{"type":"publish","channel":"secret","data":1,"id":3}`,
		`{"type":"publish","channel":"a","data":[`+strings.Repeat("0,", 40_000)+`0],"id":4}`,
		`{"type":"unsubscribe","channel":"a","id":5}`,
		`{"type":"publish","channel":"a","data":2,"ts":7,"id":6}`)
	m.expect(c,
		`{"type":"error","code":"forbidden","message":"you may not publish to this channel","channel":"secret","id":3}`,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":0,"id":1}`,
		`{"type":"published","channel":"a","epoch":"E","seq":1,"id":2}`,
		`{"type":"error","code":"too_big","message":"data has at most 65536 bytes; this has 80003","channel":"a","id":4}`,
		`{"type":"unsubscribed","channel":"a","id":5}`,
		`{"type":"published","channel":"a","epoch":"E","seq":2,"id":6}`)
}

// Answers that wait are bounded, and what could not be answered is not published.
func TestPublishBehindTooManyRequests(t *testing.T) {
	m := inMemory(t, hub.Config{}, anybody)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`)
	for range feed.MaxLater {
		together(c, `{"type":"publish","channel":"a","data":1,"ts":7}`)
	}
	together(c, `{"type":"publish","channel":"a","data":1,"id":"over"}`)
	m.Settle()
	got := m.got(c)
	if got[0] != `{"type":"error","code":"unavailable","message":"too many requests wait for a subscription to take effect; wait for its answer","channel":"a","id":"over"}` {
		t.Errorf("got %s", got[0])
	}
	if n := m.feed.Stats().Published; n != feed.MaxLater || len(got) != 2+2*feed.MaxLater {
		t.Errorf("%d were published and %d messages came", n, len(got))
	}
}

// Each fault of a publish request, in the order of how they are judged.
func TestPublishRequestFaults(t *testing.T) {
	cfg := anybody
	cfg.MaxData = 5
	m := inMemory(t, hub.Config{MaxChannelLen: 9}, cfg)
	c := m.dial()
	for _, row := range []struct{ request, want string }{
		{`{"type":"publish","data":1}`, `"code":"bad_request","message":"channel is missing"`},
		{`{"type":"publish","channels":["a"],"data":1}`, `"code":"bad_request","message":"channels is given; publish takes one channel"`},
		{`{"type":"publish","channel":5,"data":1}`, `"code":"bad_request","message":"channel must be a string"`},
		{`{"type":"publish","channel":"a"}`, `"code":"bad_request","message":"data is missing"`},
		{`{"type":"publish","channel":"a","data":1,"data":2}`, `"code":"bad_request","message":"data is given more than once"`},
		{`{"type":"publish","channel":"a","data":1,"key":1}`, `"code":"bad_request","message":"key must be a string of at most 255 bytes"`},
		{`{"type":"publish","channel":"a","data":1,"key":"` + strings.Repeat("k", 256) + `"}`, `"code":"bad_request","message":"key must be a string of at most 255 bytes"`},
		{`{"type":"publish","channel":"a","data":1,"ts":1.5}`, `"code":"bad_request","message":"ts must be an integer of nanoseconds since 1970, or 0"`},
		{`{"type":"publish","channel":"a","data":1,"ts":"7"}`, `"code":"bad_request","message":"ts must be an integer of nanoseconds since 1970, or 0"`},
		{`{"type":"publish","channel":"a","data":1,"ts":-1}`, `"code":"bad_request","message":"ts must be an integer of nanoseconds since 1970, or 0"`},
		{`{"type":"publish","channel":"a","data":1,"ts":9223372036854775808}`, `"code":"bad_request","message":"ts must be an integer of nanoseconds since 1970, or 0"`},
		{`{"type":"publish","channel":"a b","data":1}`, `"code":"bad_channel","message":"not a legal channel name: byte ' ' at offset 1; legal are A-Z a-z 0-9 _ . : @ / ! $ + -","channel":"a b"`},
		{`{"type":"publish","channel":"secret/unknown","data":1}`, `"code":"forbidden","message":"you may not publish to this channel","channel":"secret/unknown"`},
		{`{"type":"publish","channel":"unknown","data":1}`, `"code":"unknown_channel","message":"there is no such channel","channel":"unknown"`},
		{`{"type":"publish","channel":"a","data":123456}`, `"code":"too_big","message":"data has at most 5 bytes; this has 6","channel":"a"`},
		{`{"type":"publish","channel":"0123456789","data":1}`, `"code":"bad_channel","message":"not a legal channel name: it has 10 bytes, at most 9 are allowed","channel":"0123456789"`},
	} {
		together(c, row.request)
		m.expect(c, `{"type":"error",`+row.want+`}`)
	}
	if st := m.feed.Stats(); st.Published != 0 || st.Errors != 16 || m.hub.Stats().Published != 0 {
		t.Errorf("stats %+v", st)
	}
}

// A server that is behind says so, and has published nothing.
func TestPublishMeetsABacklog(t *testing.T) {
	m := inMemory(t, hub.Config{MaxBacklog: 1}, anybody)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`)
	m.expect(c, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)
	together(c, `{"type":"publish","channel":"a","data":1,"ts":7}`, `{"type":"publish","channel":"a","data":2,"ts":7}`)
	m.expect(c,
		`{"type":"published","channel":"a","epoch":"E","seq":1}`,
		`{"type":"error","code":"unavailable","message":"the server is behind; wait a second, then publish this again","channel":"a"}`,
		`{"type":"message","channel":"a","seq":1,"ts":7,"data":1}`)
	_ = m.hub.Close()
	together(c, `{"type":"publish","channel":"a","data":1}`)
	m.expect(c, `{"type":"error","code":"unavailable","message":"the server takes nothing in now; try again later","channel":"a"}`)
}
