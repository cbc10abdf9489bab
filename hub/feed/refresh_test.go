package feed_test

import (
	"errors"
	"net/http"
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

// person is a user of these tests: a name, channels it may have, and an end.
type person struct {
	name string
	may  []string
	end  time.Time
}

var epochOfTime = time.Unix(1_700_000_000, 0)

// people is a feed whose users come with ?user=, and whose tokens are names in the table.
func people(t *testing.T, tokens map[string]*person) *memory {
	t.Helper()
	var m *memory
	cfg := feed.Config{
		Authenticate: func(r *http.Request) (any, error) {
			if p, ok := tokens[r.URL.Query().Get("user")]; ok {
				return p, nil
			}
			return nil, nil
		},
		Permit: func(u any, ch string) bool {
			p, ok := u.(*person)
			return !ok || slices.Contains(p.may, ch)
		},
		Expires: func(u any) time.Time { return u.(*person).end },
		Refresh: func(u any, token string) (any, error) {
			p, ok := tokens[token]
			switch {
			case token == "broken":
				return nil, errors.New("the database says 42")
			case token == "nobody":
				return nil, nil
			case !ok || p.name != u.(*person).name:
				return nil, &engine.HTTPError{Status: 401, Body: "that is not you\n"}
			}
			return p, nil
		},
		Now: func() time.Time { return epochOfTime.Add(m.Now()) },
	}
	m = inMemory(t, hub.Config{}, cfg)
	return m
}

func (m *memory) dialAs(user string) *enginetest.Client {
	m.t.Helper()
	c := m.Dial()
	if r := c.Handshake(feed.DefaultPath + "?user=" + user); r.StatusCode != 101 {
		m.t.Fatal(r.Status)
	}
	return c
}

// stay lets time pass for a client that answers pings.
func (m *memory) stay(c *enginetest.Client, d time.Duration) {
	for range d / (20 * time.Second) {
		m.Advance(20 * time.Second)
		c.Send(frame.OpPong, nil)
	}
}

// A refresh gives more time, or less, or no end.
func TestRefreshExtends(t *testing.T) {
	m := people(t, map[string]*person{
		"ann":      {"ann", nil, epochOfTime.Add(10 * time.Second)},
		"longer":   {"ann", nil, epochOfTime.Add(time.Hour)},
		"for good": {"ann", nil, time.Time{}},
		"shorter":  {"ann", nil, epochOfTime.Add(90 * time.Minute)},
	})
	c := m.dialAs("ann")
	m.Advance(5 * time.Second)
	together(c, `{"type":"refresh","token":"longer","id":1}`)
	m.expect(c, `{"type":"refreshed","expires":1700003600,"id":1}`)
	m.stay(c, 50*time.Minute) // past the first end
	c.Frames()                // pings
	together(c, `{"type":"refresh","token":"for good"}`)
	m.expect(c, `{"type":"refreshed","expires":0}`)
	if n := m.feed.Leases(); n != 0 {
		t.Errorf("%d leases for a session without an end", n)
	}
	m.stay(c, 30*time.Minute) // past the second
	c.Frames()
	together(c, `{"type":"refresh","token":"short\u0065r"}`)
	m.expect(c, `{"type":"refreshed","expires":1700005400}`)
	m.stay(c, 10*time.Minute)
	got := m.got(c)
	if last := got[len(got)-1]; last != expired {
		t.Errorf("the last message is %s", last)
	}
}

// A refresh that is refused changes nothing, and says no more than it should.
func TestRefreshRefused(t *testing.T) {
	m := people(t, map[string]*person{
		"ann": {"ann", []string{"a"}, epochOfTime.Add(10 * time.Second)},
		"bob": {"bob", nil, epochOfTime.Add(time.Hour)},
	})
	c := m.dialAs("ann")
	for _, row := range []struct{ request, want string }{
		{`{"type":"refresh","token":"bob","id":1}`, `"code":"unauthorized","message":"that is not you","id":1`},
		{`{"type":"refresh","token":"s3cret"}`, `"code":"unauthorized","message":"that is not you"`},
		{`{"type":"refresh","token":"broken"}`, `"code":"unauthorized","message":"the token is refused"`},
		{`{"type":"refresh","token":"nobody"}`, `"code":"unauthorized","message":"the token is refused"`},
		{`{"type":"refresh"}`, `"code":"bad_request","message":"token is missing"`},
		{`{"type":"refresh","token":["s3cret"]}`, `"code":"bad_request","message":"token must be a string"`},
		{`{"type":"refresh","token":"s3cret","token":"s3cret"}`, `"code":"bad_request","message":"token is given more than once"`},
	} {
		together(c, row.request)
		m.expect(c, `{"type":"error",`+row.want+`}`)
	}
	together(c, `{"type":"subscribe","channel":"a"}`)
	m.expect(c, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)
	m.Advance(11 * time.Second)
	m.expect(c, expired)
	anon := m.dialAs("")
	together(anon, `{"type":"refresh","token":"ann"}`)
	m.expect(anon, `{"type":"error","code":"not_permitted","message":"this connection has no token that could be refreshed"}`)
}

// The new token's rights hold from the refresh on: what it does not allow is ended, with a message each, before the answer.
func TestRefreshReplacesRights(t *testing.T) {
	m := people(t, map[string]*person{
		"ann":    {"ann", []string{"a", "b", "c"}, epochOfTime.Add(time.Hour)},
		"narrow": {"ann", []string{"b", "d"}, epochOfTime.Add(2 * time.Hour)},
	})
	c := m.dialAs("ann")
	together(c, `{"type":"subscribe","channels":["a","b","c"]}`, `{"type":"subscribe","channel":"d"}`)
	m.Settle()
	if got := m.got(c); len(got) != 4 || !strings.Contains(got[0], "forbidden") {
		t.Fatalf("got %v", got)
	}
	together(c, `{"type":"refresh","token":"narrow","id":"r"}`)
	m.Settle()
	got := m.got(c)
	slices.Sort(got[:2]) // the subscriptions have no order
	want := []string{
		`{"type":"unsubscribed","channel":"a","code":"forbidden","message":"the new token does not allow this channel","id":"r"}`,
		`{"type":"unsubscribed","channel":"c","code":"forbidden","message":"the new token does not allow this channel","id":"r"}`,
		`{"type":"refreshed","expires":1700007200,"id":"r"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	m.publish("a", `1`, 7)
	m.publish("b", `1`, 7)
	together(c, `{"type":"subscribe","channel":"a"}`)
	m.expect(c, `{"type":"error","code":"forbidden","message":"you may not subscribe to this channel","channel":"a"}`,
		`{"type":"message","channel":"b","seq":1,"ts":7,"data":1}`)
	if n := m.hub.Members("a") + m.hub.Members("c"); n != 0 {
		t.Errorf("%d members are left", n)
	}
	together(c, `{"type":"subscribe","channel":"d"}`)
	m.expect(c, `{"type":"subscribed","channel":"d","epoch":"E","seq":0}`)
}

// A subscription whose join is under way is answered first, and ended then.
func TestRefreshWhileAJoinIsUnderWay(t *testing.T) {
	m := people(t, map[string]*person{
		"ann":    {"ann", []string{"a", "b"}, epochOfTime.Add(time.Hour)},
		"narrow": {"ann", []string{"b"}, epochOfTime.Add(2 * time.Hour)},
	})
	c := m.dialAs("ann")
	together(c, `{"type":"subscribe","channel":"a","id":1}`, `{"type":"refresh","token":"narrow","id":2}`,
		`{"type":"subscribe","channel":"a","id":3}`, `{"type":"subscribe","channel":"b","id":4}`)
	m.publish("a", `1`, 7)
	m.expect(c,
		`{"type":"refreshed","expires":1700007200,"id":2}`,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":0,"id":1}`,
		`{"type":"unsubscribed","channel":"a","code":"forbidden","message":"the new token does not allow this channel","id":2}`,
		`{"type":"error","code":"forbidden","message":"you may not subscribe to this channel","channel":"a","id":3}`,
		`{"type":"subscribed","channel":"b","epoch":"E","seq":0,"id":4}`)
}
