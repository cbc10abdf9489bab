package feed_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// large is data of a megabyte: of the four that may wait for a client, three and the answers fit.
var large = `"` + strings.Repeat("x", 1<<20) + `"`

var unread = regexp.MustCompile("[0-9]+ bytes that")

// brief makes what a client got readable.
func brief(msgs []string) []string {
	for i, s := range msgs {
		msgs[i] = unread.ReplaceAllString(strings.ReplaceAll(s, large, "BIG"), "N bytes that")
	}
	return msgs
}

// slowly sends requests of a client that reads nothing, then has it read, and returns what it got.
func (m *memory) slowly(requests ...string) []string {
	c := m.dial()
	c.Stall()
	together(c, requests...)
	m.Settle()
	c.Unstall()
	m.Advance(time.Second)
	return brief(m.got(c))
}

func (m *memory) equal(got, want []string) {
	m.t.Helper()
	if !slices.Equal(got, want) {
		m.t.Errorf("got\n%.2000s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// States that take a client above its high watermark have been promised, so it is not ended for them, and
// answers go out behind them. What does not fit is refused in whole.
func TestStatesAboveTheWatermark(t *testing.T) {
	m := inMemory(t, kept(hub.ChannelOptions{Snapshot: hub.SnapshotLast}), anybody)
	for _, channel := range []string{"a", "b", "c", "d", "e"} {
		m.publish(channel, large, 1)
	}
	m.equal(m.slowly(`{"type":"subscribe","channels":["a","b","c","d","e"]}`, `{"type":"unsubscribe","channel":"d","id":7}`, `{"type":"ping"}`), []string{
		`{"type":"pong"}`,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":1,"snapshot":1}`,
		`{"type":"snapshot","channel":"a","seq":1,"ts":1,"data":BIG}`,
		`{"type":"subscribed","channel":"b","epoch":"E","seq":1,"snapshot":1}`,
		`{"type":"snapshot","channel":"b","seq":1,"ts":1,"data":BIG}`,
		`{"type":"subscribed","channel":"c","epoch":"E","seq":1,"snapshot":1}`,
		`{"type":"snapshot","channel":"c","seq":1,"ts":1,"data":BIG}`,
		`{"type":"error","code":"unavailable","message":"the channel's state does not fit behind the N bytes that this client has not read yet; read them, then subscribe again","channel":"d"}`,
		`{"type":"error","code":"not_subscribed","message":"this connection is not subscribed to the channel","channel":"d","id":7}`,
		`{"type":"error","code":"unavailable","message":"the channel's state does not fit behind the N bytes that this client has not read yet; read them, then subscribe again","channel":"e"}`,
	})
}

// A channel that was refused is one that the client does not have, by name or by pattern; the others go on.
func TestRefusedStateLeavesTheChannel(t *testing.T) {
	for _, request := range []string{`{"type":"subscribe","channel":"b"}`, `{"type":"subscribe","channel":"b*"}`} {
		o := hub.ChannelOptions{Snapshot: hub.SnapshotPerKey}
		m := inMemory(t, kept(o), anybody)
		for i := range 5 {
			if _, err := m.hub.Publish(t.Context(), "b", hub.Payload{Data: []byte(large), Key: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		m.publish("a", "1", 1)
		c := m.dial()
		together(c, `{"type":"subscribe","channel":"a"}`, request)
		m.Settle()
		m.publish("a", "2", 2)
		m.publish("b", "2", 2)
		m.Settle()
		var got []string
		for _, s := range m.got(c) {
			got = append(got, fmt.Sprintf("%.99s", s))
		}
		want := []string{
			`{"type":"subscribed","channel":"a","epoch":"E","seq":1,"snapshot":1}`,
			`{"type":"snapshot","channel":"a","seq":1,"ts":1,"data":1}`,
			`{"type":"error","code":"unavailable","message":"the channel's state has more than the 4194304 bytes`,
			`{"type":"message","channel":"a","seq":2,"ts":2,"data":2}`,
		}
		if strings.Contains(request, "*") {
			got = slices.DeleteFunc(got, func(s string) bool { return strings.Contains(s, `"pattern"`) })
		}
		m.equal(got, want)
		if n := m.hub.Members("b"); n != 0 {
			t.Errorf("%s: %d members", request, n)
		}
	}
}

// What was missed comes in whole or not at all: without room for all of it, the client is shown what a newcomer is. What a channel does
// with slow clients is about the time after that.
func TestResumeNeedsRoom(t *testing.T) {
	for _, slow := range []hub.SlowPolicy{hub.SlowDefault, hub.SlowLossless, hub.SlowDrop, hub.SlowConflate} {
		t.Run(slow.String(), func(t *testing.T) {
			m := inMemory(t, kept(hub.ChannelOptions{
				Slow: slow, Snapshot: hub.SnapshotLast, History: hub.History{Count: 9, Bytes: 9 << 20},
			}), feed.Config{MaxReplay: -1})
			for i := range 6 {
				m.publish("a", large, int64(i))
			}
			m.publish("a", "7", 7)
			policy := ""
			if slow != hub.SlowDefault {
				policy = fmt.Sprintf(`,"policy":%q`, slow)
			}
			since := func(seq int) string {
				return fmt.Sprintf(`{"type":"subscribe","channel":"a","since":{"epoch":%q,"seq":%d}}`, m.epochHere(), seq)
			}
			m.equal(m.slowly(since(3)), []string{
				`{"type":"subscribed","channel":"a","epoch":"E","seq":3,"recovered":true` + policy + `}`,
				`{"type":"message","channel":"a","seq":4,"ts":3,"data":BIG}`,
				`{"type":"message","channel":"a","seq":5,"ts":4,"data":BIG}`,
				`{"type":"message","channel":"a","seq":6,"ts":5,"data":BIG}`,
				`{"type":"message","channel":"a","seq":7,"ts":7,"data":7}`,
			})
			m.equal(m.slowly(since(2)), []string{
				`{"type":"subscribed","channel":"a","epoch":"E","seq":7,"recovered":false,"snapshot":1` + policy + `}`,
				`{"type":"snapshot","channel":"a","seq":7,"ts":7,"data":7}`,
			})
		})
	}
}

// Asked for by name and by a pattern at once, it is refused, to one of them or both, and no request stays without an answer.
func TestRefusedStateTwice(t *testing.T) {
	m := inMemory(t, kept(hub.ChannelOptions{Snapshot: hub.SnapshotLast}), anybody)
	m.publish("b", `"`+strings.Repeat("x", 4<<20)+`"`, 1)
	name, pattern := `{"type":"subscribe","channel":"b","id":1}`, `{"type":"subscribe","channel":"b*","id":2}`
	for _, requests := range [][]string{{name, pattern}, {pattern, name}} {
		c := m.dial()
		together(c, requests...)
		m.Settle()
		var got []string
		for _, s := range m.got(c) {
			before, after, _ := strings.Cut(s, `,"message"`)
			if _, id, ok := strings.Cut(after, `"channel":"b"`); ok {
				before += id
			}
			got = append(got, before)
		}
		if i := slices.Index(got, `{"type":"error","code":"unavailable"}`); i >= 0 {
			got = slices.Delete(got, i, i+1)
		}
		slices.Sort(got)
		m.equal(got, []string{
			`{"type":"error","code":"unavailable","id":1}`,
			`{"type":"subscribed","pattern":"b*","id":2}`,
		})
		if n := m.hub.Members("b"); n != 0 {
			t.Errorf("%d members", n)
		}
	}
}

// What a pattern has goes on when a subscribe by name is refused.
func TestRefusedStateLeavesThePattern(t *testing.T) {
	m := inMemory(t, kept(hub.ChannelOptions{Snapshot: hub.SnapshotLast}), anybody)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"b*"}`)
	m.publish("b", `"`+strings.Repeat("x", 4<<20)+`"`, 1)
	m.Settle()
	_ = m.got(c)
	together(c, `{"type":"subscribe","channel":"b","id":1}`)
	m.Settle()
	if got := m.got(c); len(got) != 1 || !strings.HasPrefix(got[0], `{"type":"error","code":"unavailable",`) {
		t.Errorf("%.300q", got)
	}
	m.publish("b", "2", 2)
	m.expect(c, `{"type":"message","channel":"b","seq":2,"ts":2,"data":2}`)
	together(c, `{"type":"unsubscribe","channel":"b"}`)
	m.expect(c, `{"type":"error","code":"not_subscribed","message":"this connection is not subscribed to the channel","channel":"b"}`)
}
