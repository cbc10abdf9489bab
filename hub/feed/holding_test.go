package feed_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

func TestHolding(t *testing.T) {
	m := withPolicies(t)
	var s *feed.Session
	h := m.feed.Handler()
	open := h.Open
	h.Open = func(c *engine.Conn) { open(c); s = c.User().(*feed.Session) }
	m.Server = newServer(t, h)
	c := m.dial()
	if s.Holding() != nil {
		t.Error("a session that has just come holds something")
	}
	together(c, `{"type":"subscribe","channel":"tick","maxHz":2}`, `{"type":"subscribe","channel":"drop"}`)
	for i := range 30 {
		together(c, fmt.Sprintf(`{"type":"subscribe","channel":"tick%d"}`, 500+i))
	}
	m.Settle()
	m.put("tick", "a", `0`)
	m.put("tick", "a", `1`)
	m.Advance(2 * time.Second)
	m.put("tick", "a", `2`)
	m.fill(c)
	for i := range 5 {
		m.put("tick", "ab"[i%2:][:1], `3`)
		m.put("drop", "", `4`)
	}
	for i := range 30 {
		m.put(fmt.Sprintf("tick%d", 500+i), "", `5`)
	}
	m.Advance(300 * time.Millisecond)
	got := s.Holding()
	list := got.List
	got.List = nil
	want := feed.Holding{Channels: 32, Keys: 32, Behind: 5 + 5 + 30, Oldest: 300 * time.Millisecond, Conflated: 3, Dropped: 5}
	if fmt.Sprint(*got) != fmt.Sprint(want) {
		t.Errorf("%+v, want %+v", *got, want)
	}
	if len(list) != feed.MaxHoldingList || list[0].Channel != "drop" || list[1].Channel != "tick" {
		t.Fatalf("the list is %+v", list)
	}
	if st := list[1].HeldState; st != (hub.HeldState{Keys: 2, Behind: 5, Oldest: int64(300 * time.Millisecond), MaxHz: 2, Conflated: 3}) {
		t.Errorf("tick is %+v", st)
	}
	c.Unstall()
	m.Advance(time.Second)
	if got := s.Holding(); got.Behind != 0 || got.Conflated != 3 || len(got.List) != 1 {
		t.Errorf("when it reads again: %+v", got)
	}
}
