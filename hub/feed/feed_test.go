package feed_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

func TestNewRefuses(t *testing.T) {
	if _, err := feed.New(nil, feed.Config{}); err == nil || !strings.Contains(err.Error(), "hub.New") {
		t.Errorf("without a hub: %v", err)
	}
	h, err := hub.New(hub.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := feed.New(h, feed.Config{Path: "feed"}); err == nil || !strings.Contains(err.Error(), `"feed"`) {
		t.Errorf("a path without a slash: %v", err)
	}
}

func TestUpgradeKnowsOnlyItsPath(t *testing.T) {
	for _, c := range []struct{ path, request, body string }{
		{"", "/", "the feed is at /feed"},
		{"", "/feed/", "the feed is at /feed"},
		{"", "/Feed", "the feed is at /feed"},
		{"", "/feed/x?feed=/feed", "the feed is at /feed"},
		{"", "/feed", ""},
		{"", "/feed?token=x", ""},
		{"/md/v1", "/feed", "the feed is at /md/v1"},
		{"/md/v1", "/md/v1", ""},
	} {
		_, f := newFeed(t, hub.Config{}, feed.Config{Path: c.path})
		acc, err := f.Upgrade(httptest.NewRequest("GET", c.request, nil))
		if c.body == "" {
			if _, ok := acc.User.(*feed.Session); err != nil || !ok {
				t.Errorf("%s: %v, %T", c.request, err, acc.User)
			}
			continue
		}
		var he *engine.HTTPError
		if !errors.As(err, &he) || he.Status != http.StatusNotFound || !strings.Contains(he.Body, c.body) || acc.User != nil {
			t.Errorf("%s: %v", c.request, err)
		}
	}
}

// The 404 as it comes over the wire.
func TestNotFoundNamesTheFeed(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.Dial()
	c.Write(enginetest.Request("/stream"))
	m.Settle()
	got := string(c.Read())
	if !strings.HasPrefix(got, "HTTP/1.1 404 ") || !strings.HasSuffix(got, "\r\n\r\nthere is no WebSocket service at this path; the feed is at /feed\n") {
		t.Errorf("got %q", got)
	}
}

func TestAuthenticateAndPermit(t *testing.T) {
	refusal := &engine.HTTPError{Status: http.StatusUnauthorized, Body: "who are you?\n"}
	m := inMemory(t, hub.Config{}, feed.Config{
		Authenticate: func(r *http.Request) (any, error) {
			if name := r.URL.Query().Get("name"); name != "" {
				return name, nil
			}
			return nil, refusal
		},
		Permit: func(user any, channel string) bool { return strings.HasPrefix(channel, user.(string)+"/") },
	})
	c := m.Dial()
	c.Write(enginetest.Request("/feed"))
	if got := string(c.Read()); !strings.HasPrefix(got, "HTTP/1.1 401 ") || !strings.HasSuffix(got, "who are you?\n") {
		t.Errorf("got %q", got)
	}
	c = m.Dial()
	c.Handshake("/feed?name=ann")
	together(c, `{"type":"subscribe","channels":["ann/orders","bob/orders"]}`)
	m.expect(c,
		`{"type":"error","code":"forbidden","message":"you may not subscribe to this channel","channel":"bob/orders"}`,
		`{"type":"subscribed","channel":"ann/orders","epoch":"E","seq":0}`)
}

// A server with several paths calls the feed for the connections whose User is a session, and one that
// decides about handshakes itself leaves the making of the session to Open.
func TestComposed(t *testing.T) {
	_, f := newFeed(t, hub.Config{}, feed.Config{})
	var user any
	srv := enginetest.New(t, engine.Config{}, engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) {
			switch r.URL.Path {
			case "/echo":
				return engine.Accept{}, nil
			case "/other":
				return engine.Accept{User: "ann"}, nil
			}
			return f.Upgrade(r)
		},
		Open: func(c *engine.Conn) {
			if c.User() != nil { // not /echo
				f.Open(c)
			}
		},
		Message: func(c *engine.Conn, op frame.Op, p []byte) {
			if s, ok := c.User().(*feed.Session); ok {
				if s.Conn() != c {
					t.Error("Conn is another one")
				}
				user = s.User()
			} else {
				c.Send(op, p)
			}
			f.Message(c, op, p) // does nothing for the echo
		},
		Close: f.Close, // does nothing for the echo
	})
	for _, c := range []struct {
		path, want string
		user       any
	}{
		{"/echo", `{"type":"ping"}`, nil},
		{"/feed", `{"type":"pong"}`, nil},
		{"/other", `{"type":"pong"}`, "ann"},
	} {
		user = nil
		cl := srv.Dial()
		cl.Handshake(c.path)
		cl.Send(frame.OpText, []byte(`{"type":"ping"}`))
		srv.Settle()
		fs := cl.Frames()
		if len(fs) != 1 || string(fs[0].Payload) != c.want || user != c.user {
			t.Errorf("%s: %d frames, %q, user %v", c.path, len(fs), fs[0].Payload, user)
		}
		cl.Reset()
		srv.Settle()
	}
	if n := f.Stats().Sessions; n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// A panic in Permit closes the one connection, wherever it happens: in the request, or in one that
// waited for a join, where it is the hub that meets it.
func TestPanicsStayWithTheirConnection(t *testing.T) {
	for name, requests := range map[string][]string{
		"in the request": {`{"type":"subscribe","channel":"bad"}`},
		"behind a join": {`{"type":"subscribe","channel":"good"}`, `{"type":"unsubscribe","channel":"good"}`,
			`{"type":"subscribe","channel":"good"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			old := slog.Default()
			slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
			defer slog.SetDefault(old)
			asked := 0
			m := inMemory(t, hub.Config{}, feed.Config{Permit: func(_ any, ch string) bool {
				if asked++; ch == "bad" || asked == 4 {
					panic("a bug in Permit")
				}
				return true
			}})
			other, c := m.dial(), m.dial()
			together(other, `{"type":"subscribe","channel":"x"}`)
			m.expect(other, `{"type":"subscribed","channel":"x","epoch":"E","seq":0}`)
			asked += 1 // of the four: one for x, one here, one for each subscribe
			together(c, requests...)
			m.Settle()
			got := m.got(c)
			if last := got[len(got)-1]; last != "close "+frame.StatusInternalError.String()+" internal error" {
				t.Errorf("got %v", got)
			}
			if name == "behind a join" && !strings.Contains(log.String(), "a bug in Permit") {
				t.Errorf("logged: %s", &log)
			}
			m.Advance(10e9) // the close handshake is never answered
			if n := m.hub.Members("good"); n != 0 {
				t.Errorf("%d members are left", n)
			}
			together(other, `{"type":"ping"}`)
			m.expect(other, `{"type":"pong"}`)
		})
	}
}

// A client that offers the subprotocol gets it, and nothing else of what it offers comes back.
func TestSubprotocol(t *testing.T) {
	for _, row := range []struct {
		offer []string
		want  string
	}{
		{nil, ""},
		{[]string{"weir.v1"}, "weir.v1"},
		{[]string{"weir.token.s3cret, weir.v1"}, "weir.v1"},
		{[]string{"weir.token.s3cret", "\tweir.v1 ,chat"}, "weir.v1"},
		{[]string{"chat, weir.v10, Weir.v1"}, ""},
		{[]string{"weir.token.s3cret"}, ""},
	} {
		m := inMemory(t, hub.Config{}, feed.Config{})
		var headers []string
		for _, o := range row.offer {
			headers = append(headers, "Sec-WebSocket-Protocol: "+o)
		}
		r := m.Dial().Handshake("/feed", headers...)
		if got := r.Header.Values("Sec-Websocket-Protocol"); strings.Join(got, "|") != row.want {
			t.Errorf("offered %q, the answer has %q", row.offer, got)
		}
	}
}
