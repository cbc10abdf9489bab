package feed_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// kept gives every channel the same options.
func kept(o hub.ChannelOptions) hub.Config {
	return hub.Config{Options: func(string) *hub.ChannelOptions { return &o }}
}

// epochHere is the epoch of the channels of m, which share one.
func (m *memory) epochHere() string {
	m.t.Helper()
	pos, err := m.hub.Publish(m.t.Context(), "epoch", hub.Payload{Data: []byte("0")})
	if err != nil {
		m.t.Fatal(err)
	}
	return pos.Epoch
}

func TestResume(t *testing.T) {
	m := inMemory(t, kept(hub.ChannelOptions{History: hub.History{Count: 3}}), feed.Config{MaxReplay: 8})
	for i := 1; i <= 4; i++ {
		m.publish("a", fmt.Sprint(i*10), int64(i))
	}
	since := func(epoch string, seq int) string {
		return fmt.Sprintf(`{"type":"subscribe","channel":"a","since":{"epoch":%q,"seq":%d},"id":1}`, epoch, seq)
	}
	for name, c := range map[string]struct {
		request string
		want    []string
	}{
		"all is there": {since(m.epochHere(), 2), []string{
			`{"type":"subscribed","channel":"a","epoch":"E","seq":2,"recovered":true,"id":1}`,
			`{"type":"message","channel":"a","seq":3,"ts":3,"data":30}`,
			`{"type":"message","channel":"a","seq":4,"ts":4,"data":40}`,
		}},
		"nothing was missed": {since(m.epochHere(), 4), []string{`{"type":"subscribed","channel":"a","epoch":"E","seq":4,"recovered":true,"id":1}`}},
		"too old":            {since(m.epochHere(), 0), []string{`{"type":"subscribed","channel":"a","epoch":"E","seq":4,"recovered":false,"id":1}`}},
		"never was":          {since(m.epochHere(), 5), []string{`{"type":"subscribed","channel":"a","epoch":"E","seq":4,"recovered":false,"id":1}`}},
		"another epoch":      {since("no", 3), []string{`{"type":"subscribed","channel":"a","epoch":"E","seq":4,"recovered":false,"id":1}`}},
	} {
		t.Run(name, func(t *testing.T) {
			c2 := m.dial()
			together(c2, c.request)
			m.expect(c2, c.want...)
		})
	}
	c := m.dial()
	m.publish("a", `"a long one"`, 5) // 12 bytes are more than MaxReplay
	together(c, since(m.epochHere(), 4))
	m.expect(c, `{"type":"subscribed","channel":"a","epoch":"E","seq":5,"recovered":false,"id":1}`)
}

func TestSnapshot(t *testing.T) {
	m := inMemory(t, kept(hub.ChannelOptions{Snapshot: hub.SnapshotPerKey, Slow: hub.SlowConflate}), anybody)
	p, c := m.dial(), m.dial()
	together(p, `{"type":"publish","channel":"a","key":"x","ts":1,"data":1}`, `{"type":"publish","channel":"a","key":"y\"","ts":2,"data":2}`,
		`{"type":"publish","channel":"a","key":"x","ts":3,"data":3}`)
	m.Settle()
	together(c, `{"type":"subscribe","channel":"a"}`)
	m.publish("a", `4`, 4)
	m.expect(c,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":3,"snapshot":2,"policy":"conflate"}`,
		`{"type":"snapshot","channel":"a","seq":2,"ts":2,"key":"y\"","data":2}`,
		`{"type":"snapshot","channel":"a","seq":3,"ts":3,"key":"x","data":3}`,
		`{"type":"message","channel":"a","seq":4,"ts":4,"data":4}`,
	)
}

// A state that a publisher sends, and what its source lost, are told to those who are there and to those who come.
func TestPublishedState(t *testing.T) {
	m := inMemory(t, kept(hub.Book(nil)), anybody)
	p, c := m.dial(), m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`)
	together(p, `{"type":"publish","channel":"a","ts":1,"data":1}`, `{"type":"publish","channel":"a","ts":2,"snapshot":true,"data":[]}`,
		`{"type":"publish","channel":"a","ts":3,"gap":false,"data":3}`)
	m.expect(c,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":0,"policy":"lossless"}`,
		`{"type":"message","channel":"a","seq":1,"ts":1,"data":1}`,
		`{"type":"message","channel":"a","seq":2,"ts":2,"snapshot":true,"data":[]}`,
		`{"type":"message","channel":"a","seq":3,"ts":3,"data":3}`,
	)
	late := m.dial()
	together(late, `{"type":"subscribe","channel":"a"}`)
	m.expect(late,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":2,"snapshot":1,"policy":"lossless"}`,
		`{"type":"snapshot","channel":"a","seq":2,"ts":2,"data":[]}`,
		`{"type":"message","channel":"a","seq":3,"ts":3,"data":3}`,
	)
	together(p, `{"type":"publish","channel":"a","ts":4,"gap":true,"data":4}`)
	want := `{"type":"message","channel":"a","seq":4,"ts":4,"gap":true,"data":4}`
	m.expect(c, want)
	m.expect(late, want)
	later := m.dial()
	together(later, `{"type":"subscribe","channel":"a"}`)
	m.expect(later, `{"type":"subscribed","channel":"a","epoch":"E","seq":4,"policy":"lossless"}`)
}

// What a network lost shows as dropped, and a count that has begun anew with its epoch.
func TestNumbersOfANetwork(t *testing.T) {
	for _, c := range []struct {
		msg  *hub.Message
		want string
	}{
		{&hub.Message{Lost: 3}, `{"type":"message","channel":"a","seq":9,"dropped":3,"ts":1,"data":1}`},
		{&hub.Message{Renewed: true}, `{"type":"message","channel":"a","epoch":"f","seq":9,"ts":1,"data":1}`},
	} {
		m := c.msg
		m.Channel, m.Position, m.Op, m.Time, m.Data = "a", hub.Position{Epoch: "f", Seq: 9}, frame.OpText, 1, []byte("1")
		if got := string(feed.Encoding.Append(nil, m)); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
		if got := string(feed.Shown.Append(nil, m)); got != `{"type":"snapshot","channel":"a","seq":9,"ts":1,"data":1}` {
			t.Errorf("as a snapshot %s", got)
		}
	}
}

func TestBadSubscriptions(t *testing.T) {
	m := inMemory(t, hub.Config{}, anybody)
	const object = "since must be an object with epoch, a string of at most 64 bytes, and seq, a whole number"
	for fields, want := range map[string]string{
		`"channel":"a","since":7`:                                                   object,
		`"channel":"a","since":{}`:                                                  object,
		`"channel":"a","since":{"epoch":"E"}`:                                       object,
		`"channel":"a","since":{"seq":1}`:                                           object,
		`"channel":"a","since":{"epoch":1,"seq":1}`:                                 object,
		`"channel":"a","since":{"epoch":"E","seq":-1}`:                              object,
		`"channel":"a","since":{"epoch":"E","seq":1.5}`:                             object,
		`"channel":"a","since":{"epoch":"E","seq":"1"}`:                             object,
		`"channel":"a","since":{"epoch":"E","epoch":"E","seq":1}`:                   object,
		`"channel":"a","since":{"epoch":"` + strings.Repeat("e", 65) + `","seq":1}`: object,
		`"channels":["a"],"since":{"epoch":"E","seq":1}`:                            "since goes with channel, not with channels; every channel has a place of its own",
	} {
		c := m.dial()
		together(c, `{"type":"subscribe",`+fields+`}`)
		m.expect(c, `{"type":"error","code":"bad_request","message":"`+want+`"}`)
	}
	c := m.dial()
	together(c, `{"type":"publish","channel":"a","data":1,"snapshot":1}`, `{"type":"publish","channel":"a","data":1,"gap":"true"}`)
	m.expect(c,
		`{"type":"error","code":"bad_request","message":"snapshot must be true or false"}`,
		`{"type":"error","code":"bad_request","message":"gap must be true or false"}`,
	)
}

// A request that waits for a join keeps what it asks for: this one leaves and comes back to where it was.
func TestResumeBehindAJoin(t *testing.T) {
	m := inMemory(t, kept(hub.ChannelOptions{History: hub.History{Count: 9}}), feed.Config{})
	m.publish("a", `1`, 1)
	m.publish("a", `2`, 2)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`, `{"type":"unsubscribe","channel":"a"}`,
		fmt.Sprintf(`{"type":"subscribe","channel":"a","since":{"epoch":%q,"seq":1}}`, m.epochHere()))
	m.expect(c,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":2}`,
		`{"type":"unsubscribed","channel":"a"}`,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":1,"recovered":true}`,
		`{"type":"message","channel":"a","seq":2,"ts":2,"data":2}`,
	)
}
