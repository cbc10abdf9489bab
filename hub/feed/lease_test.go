package feed_test

import (
	"testing"
	"time"

	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub/feed"
)

const expired = "close 3000 unauthorized the token has expired"

// A connection ends with 3000 when its user's time is over, within a tick, and not before; the others go on.
func TestExpiry(t *testing.T) {
	m := people(t, map[string]*person{
		"ann": {"ann", []string{"a"}, epochOfTime.Add(10 * time.Second)},
		"bob": {"bob", []string{"a"}, epochOfTime.Add(20 * time.Second)},
		"eve": {"eve", []string{"a"}, time.Time{}},
	})
	ann, bob, eve, anon := m.dialAs("ann"), m.dialAs("bob"), m.dialAs("eve"), m.dialAs("")
	together(ann, `{"type":"subscribe","channel":"a"}`)
	m.expect(ann, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)
	m.Advance(9900 * time.Millisecond)
	m.expect(ann)
	m.Advance(200 * time.Millisecond)
	m.expect(ann, expired)
	m.publish("a", `1`, 7)
	m.expect(ann) // nothing comes behind a close frame
	ann.Send(frame.OpClose, nil)
	ann.CloseWrite()
	m.Advance(10 * time.Second)
	m.expect(bob, expired)
	if n := m.feed.Leases(); n != 0 {
		t.Errorf("%d leases are left", n)
	}
	m.Advance(10 * time.Minute)
	for _, c := range []*enginetest.Client{eve, anon} {
		for _, f := range c.Frames() {
			if f.Op == frame.OpClose {
				t.Errorf("closed with %q", f.Payload)
			}
		}
	}
	if st := m.feed.Stats(); st.Expired != 2 {
		t.Errorf("stats %+v", st)
	}
}

// A request that comes behind the end is not carried out, even if no tick has come since.
func TestExpiryWithoutATick(t *testing.T) {
	m := people(t, map[string]*person{"ann": {"ann", []string{"a"}, epochOfTime.Add(time.Second)}})
	c := m.dialAs("ann")
	m.Jump(time.Second)
	together(c, `{"type":"subscribe","channel":"a"}`)
	m.expect(c, expired)
	if n := m.hub.Members("a"); n != 0 {
		t.Errorf("%d members", n)
	}
}

// Whoever comes with a time that is over is sent away at the next tick.
func TestExpiredFromTheStart(t *testing.T) {
	m := people(t, map[string]*person{"ann": {"ann", nil, epochOfTime.Add(-time.Hour)}})
	c := m.dialAs("ann")
	m.Advance(time.Second)
	m.expect(c, expired)
}

// Very many that end at the same moment are closed some a tick, so that the loop is not held up.
func TestExpiryOfMany(t *testing.T) {
	m := people(t, map[string]*person{"ann": {"ann", nil, epochOfTime.Add(time.Second)}})
	const n = 2500
	for range n {
		m.dialAs("ann")
	}
	ticks := 0
	for ; m.feed.Stats().Expired < n && ticks < 100; ticks++ {
		m.Advance(100 * time.Millisecond)
	}
	if ticks < 12 || ticks > 13 { // the first closes come with the tick after the second
		t.Errorf("it took %d ticks", ticks)
	}
}

// Leases are given back when their connections go, in any order, and only the earliest is looked at.
func TestLeasesAreGivenBack(t *testing.T) {
	tokens := map[string]*person{}
	for _, d := range []string{"5h", "3h", "9h", "1h", "7h", "2h"} {
		span, _ := time.ParseDuration(d)
		tokens[d] = &person{d, nil, epochOfTime.Add(span)}
	}
	m := people(t, tokens)
	clients := map[string]*enginetest.Client{}
	for d := range tokens {
		clients[d] = m.dialAs(d)
	}
	for i, d := range []string{"3h", "1h", "9h", "2h", "5h", "7h"} {
		if n := m.feed.Leases(); n != 6-i {
			t.Fatalf("%d leases, want %d", n, 6-i)
		}
		clients[d].Reset()
		m.Settle()
	}
	if n := m.feed.Leases(); n != 0 {
		t.Errorf("%d leases are left", n)
	}
	m.Jump(10 * time.Hour)
	m.Tick(0)
	if st := m.feed.Stats(); st.Expired != 0 || st.Sessions != 0 {
		t.Errorf("stats %+v", st)
	}
}

// What a user costs beside the session, which stays as small as it was for everybody else.
func TestCostOfAUser(t *testing.T) {
	if feed.RareSize != 32 || feed.LeaseSize != 24 {
		t.Errorf("a user costs %d bytes and its end %d, want 32 and 24", feed.RareSize, feed.LeaseSize)
	}
	m, s := session(t)
	m.Settle()
	if feed.HasRare(s) {
		t.Error("an anonymous session holds what only users need")
	}
}
