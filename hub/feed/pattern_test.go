package feed_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

func TestPatternSubscription(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{Known: func(string) bool { return false }}) // patterns are not names to be known
	c := m.dial()
	m.publishTo("a@trade", `1`)
	m.publishTo("a@depth", `1`)
	together(c, `{"type":"subscribe","channel":"*@trade","id":1}`)
	m.expect(c,
		`{"type":"subscribed","pattern":"*@trade","id":1}`,
		`{"type":"subscribed","channel":"a@trade","epoch":"E","seq":1,"pattern":"*@trade"}`)
	m.publishTo("a@trade", `2`)
	m.publishTo("b@trade", `1`)
	m.publishTo("b@depth", `1`)
	m.expect(c,
		`{"type":"message","channel":"a@trade","seq":2,"ts":7,"data":2}`,
		`{"type":"subscribed","channel":"b@trade","epoch":"E","seq":0,"pattern":"*@trade"}`,
		`{"type":"message","channel":"b@trade","seq":1,"ts":7,"data":1}`)
	together(c, `{"type":"subscribe","channel":"*@trade","id":2}`, `{"type":"unsubscribe","channel":"a@trade","id":3}`)
	m.expect(c,
		`{"type":"error","code":"already_subscribed","message":"this connection is subscribed to the pattern already","channel":"*@trade","id":2}`,
		`{"type":"error","code":"not_subscribed","message":"this connection is not subscribed to the channel","channel":"a@trade","id":3}`)
	together(c, `{"type":"unsubscribe","channel":"*@trade","id":4}`)
	m.Settle()
	got := m.got(c)
	slices.Sort(got[:2])
	if !slices.Equal(got, []string{
		`{"type":"unsubscribed","channel":"a@trade","pattern":"*@trade"}`,
		`{"type":"unsubscribed","channel":"b@trade","pattern":"*@trade"}`,
		`{"type":"unsubscribed","pattern":"*@trade","id":4}`,
	}) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	m.publishTo("a@trade", `3`)
	m.publishTo("c@trade", `1`)
	together(c, `{"type":"unsubscribe","channel":"*@trade","id":5}`)
	m.expect(c, `{"type":"error","code":"not_subscribed","message":"this connection is not subscribed to the pattern","channel":"*@trade","id":5}`)
	if n := m.hub.Channels(); n != 0 {
		t.Errorf("%d channels have members", n)
	}
}

// A channel that is subscribed to by name and by a pattern is one subscription with two reasons.
func TestPatternAndName(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.dial()
	m.publishTo("a", `1`)
	together(c, `{"type":"subscribe","channel":"a*","id":1}`)
	m.expect(c, `{"type":"subscribed","pattern":"a*","id":1}`, `{"type":"subscribed","channel":"a","epoch":"E","seq":1,"pattern":"a*"}`)
	together(c, `{"type":"subscribe","channel":"a","id":2}`)
	m.publishTo("a", `2`)
	m.expect(c,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":1,"id":2}`,
		`{"type":"message","channel":"a","seq":2,"ts":7,"data":2}`)
	together(c, `{"type":"unsubscribe","channel":"a","id":3}`)
	m.publishTo("a", `3`)
	m.expect(c,
		`{"type":"unsubscribed","channel":"a","kept":"a*","id":3}`,
		`{"type":"message","channel":"a","seq":3,"ts":7,"data":3}`)
	together(c, `{"type":"subscribe","channel":"a","id":4}`, `{"type":"unsubscribe","channel":"a*","id":5}`)
	m.publishTo("a", `4`)
	m.expect(c,
		`{"type":"unsubscribed","pattern":"a*","id":5}`,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":3,"id":4}`,
		`{"type":"message","channel":"a","seq":4,"ts":7,"data":4}`)
	together(c, `{"type":"unsubscribe","channel":"a","id":6}`)
	m.expect(c, `{"type":"unsubscribed","channel":"a","id":6}`)
}

// What does not fit is told, and behind the answer to the pattern.
func TestPatternLimits(t *testing.T) {
	m := inMemory(t, hub.Config{MaxChannelsPerMember: 1}, feed.Config{})
	c := m.dial()
	full := func(channel string) string {
		return `{"type":"error","code":"too_many_channels","message":"this connection has as many channels as it may have; unsubscribe from one first","channel":"` + channel + `"}`
	}
	m.publishTo("a", `1`)
	together(c, `{"type":"subscribe","channel":"b"}`, `{"type":"subscribe","channel":"*"}`)
	m.publishTo("c", `1`)
	m.publishTo("c", `2`)
	m.expect(c, `{"type":"subscribed","pattern":"*"}`, `{"type":"subscribed","channel":"b","epoch":"E","seq":0}`, full("a"), full("c"))
	var all []string
	for i := range hub.MaxPatternsPerMember {
		all = append(all, fmt.Sprintf(`"x%d*"`, i))
	}
	together(c, `{"type":"subscribe","channels":[`+strings.Join(all, ",")+`]}`)
	m.Settle()
	got := m.got(c)
	const most = `{"type":"error","code":"too_many_channels","message":"this connection has 64 patterns, as many as it may have; unsubscribe from one first","channel":"x63*"}`
	if len(got) != 64 || got[63] != most {
		t.Errorf("%d answers, the last is %s", len(got), got[len(got)-1])
	}
	c.Reset()
	m.Settle()
	m.publishTo("x1", `1`)
	if n := m.hub.Channels(); n != 0 {
		t.Errorf("%d channels have members after the client has gone", n)
	}
}

// Channels that the user may not have are left out in silence; a refresh ends those that the new rights do not
// cover, and begins those that they do.
func TestPatternPermits(t *testing.T) {
	m := people(t, map[string]*person{
		"ann":   {"ann", []string{"a", "b", "d"}, epochOfTime.Add(time.Hour)},
		"other": {"ann", []string{"b", "c", "e"}, epochOfTime.Add(2 * time.Hour)},
	})
	c := m.dialAs("ann")
	for _, ch := range []string{"a", "b", "c"} {
		m.publishTo(ch, `1`)
	}
	together(c, `{"type":"subscribe","channel":"*"}`, `{"type":"subscribe","channel":"b"}`)
	m.Settle()
	got := m.got(c)
	slices.Sort(got)
	if !slices.Equal(got, []string{
		`{"type":"subscribed","channel":"a","epoch":"E","seq":1,"pattern":"*"}`,
		`{"type":"subscribed","channel":"b","epoch":"E","seq":1}`,
		`{"type":"subscribed","pattern":"*"}`,
	}) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	m.publishTo("d", `1`) // on its way when the rights change
	m.publishTo("e", `1`)
	together(c, `{"type":"refresh","token":"other"}`)
	m.Settle()
	got = m.got(c)
	if len(got) != 5 || got[0] != `{"type":"unsubscribed","channel":"a","code":"forbidden","message":"the new token does not allow this channel"}` ||
		got[1] != `{"type":"refreshed","expires":1700007200}` {
		t.Fatalf("got\n%s", strings.Join(got, "\n"))
	}
	slices.Sort(got[2:])
	if !slices.Equal(got[2:], []string{
		`{"type":"message","channel":"e","seq":1,"ts":7,"data":1}`,
		`{"type":"subscribed","channel":"c","epoch":"E","seq":1,"pattern":"*"}`,
		`{"type":"subscribed","channel":"e","epoch":"E","seq":0,"pattern":"*"}`,
	}) {
		t.Errorf("got\n%s", strings.Join(got[2:], "\n"))
	}
	for _, ch := range []string{"a", "d"} {
		m.publishTo(ch, `2`)
	}
	m.expect(c)
}

// A channel that a pattern finds shows its state, as one that is subscribed to by name.
func TestPatternSnapshot(t *testing.T) {
	ticker := hub.Ticker()
	m := inMemory(t, hub.Config{Options: func(string) *hub.ChannelOptions { return &ticker }}, feed.Config{})
	c := m.dial()
	m.publishTo("a", `1`)
	together(c, `{"type":"subscribe","channel":"*"}`)
	m.publishTo("a", `2`)
	m.publishTo("b", `1`)
	m.expect(c,
		`{"type":"subscribed","pattern":"*"}`,
		`{"type":"subscribed","channel":"b","epoch":"E","seq":0,"policy":"conflate","pattern":"*"}`,
		`{"type":"message","channel":"b","seq":1,"ts":7,"data":1}`,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":2,"snapshot":1,"policy":"conflate","pattern":"*"}`,
		`{"type":"snapshot","channel":"a","seq":2,"ts":7,"data":2}`)
}

func (m *memory) publishTo(channel, data string) {
	m.t.Helper()
	if _, err := m.hub.Publish(m.t.Context(), channel, hub.Payload{Data: []byte(data), Time: 7}); err != nil {
		m.t.Fatal(err)
	}
}
