package feed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// A client that does not read loses messages, and sees it from the numbers; the hub counts
// them. A client that keeps up loses none.
func TestSlowClientLosesMessagesAndCanTell(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	slow, quick := m.dial(), m.dial()
	together(slow, `{"type":"subscribe","channel":"a"}`)
	together(quick, `{"type":"subscribe","channel":"a"}`)
	m.Settle()
	m.got(slow)
	slow.Stall()
	data := `"` + strings.Repeat("x", 998) + `"`
	const n = 200
	for range n {
		m.publish("a", data, 7)
		m.Settle()
	}
	if got := m.got(quick); len(got) != 1+n {
		t.Fatalf("the quick one got %d messages, want %d", len(got), 1+n)
	}
	slow.Unstall()
	m.Advance(time.Second)
	m.publish("a", `"last"`, 7)
	m.Settle()
	got := m.got(slow)
	for i, msg := range got[:len(got)-2] {
		if !strings.HasPrefix(msg, fmt.Sprintf(`{"type":"message","channel":"a","seq":%d,`, i+1)) {
			t.Fatalf("message %d is %.60s", i, msg)
		}
	}
	if last := got[len(got)-1]; last != `{"type":"message","channel":"a","seq":201,"ts":7,"data":"last"}` {
		t.Fatalf("the last one is %.60s", last)
	}
	first := len(got) - 1
	if d := got[len(got)-2]; d != fmt.Sprintf(`{"type":"dropped","channel":"a","from":%d,"seq":%d}`, first, n) {
		t.Fatalf("the one before it is %.100s", d)
	}
	lost := n - (len(got) - 2)
	if st := m.hub.Stats(); lost == 0 || st.Dropped != uint64(lost) {
		t.Errorf("the client lost %d messages, the hub counts %d", lost, st.Dropped)
	}
	if st := m.feed.Stats(); st.Sessions != 2 || st.Evictions != 0 {
		t.Errorf("stats %+v", st)
	}
}

// An answer cannot be left out: a client that asks while its buffer is full is closed with 1013.
func TestNoRoomForAnAnswer(t *testing.T) {
	for name, req := range map[string]string{
		"pong":         `{"type":"ping"}`,
		"subscribed":   `{"type":"subscribe","channel":"b"}`,
		"unsubscribed": `{"type":"unsubscribe","channel":"a"}`,
		"error":        `{`,
	} {
		t.Run(name, func(t *testing.T) {
			m := inMemory(t, hub.Config{}, feed.Config{})
			c := m.dial()
			together(c, `{"type":"subscribe","channel":"a"}`)
			m.Settle()
			c.Stall()
			for range 100 {
				m.publish("a", `"`+strings.Repeat("x", 998)+`"`, 7)
			}
			m.Settle()
			if st := m.hub.Stats(); st.Dropped == 0 {
				t.Fatal("nothing was dropped: the client is not slow enough for this test")
			}
			together(c, req)
			m.Settle()
			if st := m.feed.Stats(); st.Evictions != 1 {
				t.Errorf("stats %+v", st)
			}
			c.Unstall()
			m.Advance(time.Second)
			got := m.got(c)
			if last := got[len(got)-1]; last != "close "+frame.StatusTryAgainLater.String()+" slow consumer: no room for an answer" {
				t.Errorf("the last one is %.100s", last)
			}
		})
	}
}
