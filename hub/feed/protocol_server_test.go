package feed_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// documented is the server that the examples of one section of the document are run against.
func documented(title string) feed.Config {
	cfg := feed.Config{
		Known: func(ch string) bool { return ch != "nosuch@trade" },
		Permit: func(user any, ch string) bool {
			return ch != "internal@orders" && (user != "ann, less" || !strings.HasPrefix(ch, "internal@"))
		},
		PermitPublish: func(any, string) bool { return true },
		Authenticate:  func(*http.Request) (any, error) { return "ann", nil },
		Refresh: func(_ any, token string) (any, error) {
			if strings.HasSuffix(token, ".b2xk") { // "old"
				return nil, &engine.HTTPError{Status: http.StatusUnauthorized, Body: "the token is refused: it has expired\n"}
			}
			return "ann, less", nil
		},
		Expires: func(any) time.Time { return time.Unix(1723164854, 0) },
		Now:     func() time.Time { return time.Unix(1723161254, 0) },
	}
	if title == "not_permitted" {
		cfg.PermitPublish = nil
	}
	return cfg
}

// docEpoch is the epoch of the document's examples.
const docEpoch = "N3WCKZ5J2Q.1"

// epoch is that of all channels of a server so young.
func (s *server) epoch(t *testing.T) string {
	t.Helper()
	pos, err := s.hub.Publish(t.Context(), "epoch", hub.Payload{Data: []byte("0")})
	if err != nil {
		t.Fatal(err)
	}
	return pos.Epoch
}

// documentedHub is the hub of the server that a section is run against.
func documentedHub(title string) hub.Config {
	if title == "Heartbeats" {
		return hub.Config{Options: func(string) *hub.ChannelOptions { return &hub.ChannelOptions{Heartbeat: 5 * time.Second} }}
	}
	if history[title] == nil && title != "configure" && title != "not_conflated" {
		return hub.Config{}
	}
	return hub.Config{Options: func(channel string) *hub.ChannelOptions {
		o := hub.Trade()
		switch {
		case strings.HasSuffix(channel, "@ticker"):
			o = hub.Ticker()
		case strings.HasSuffix(channel, "@depth"):
			o = hub.Book(nil)
		}
		return &o
	}}
}

type published struct {
	channel string
	hub.Payload
}

// history is what was published before the first example of a section.
var history = map[string][]published{
	"Snapshots": {
		{"all@ticker", hub.Payload{Key: "BTCUSDT", Time: 1, Data: []byte(`{"p":1}`)}},
		{"all@ticker", hub.Payload{Key: "ETHUSDT", Time: 2, Data: []byte(`{"p":2}`)}},
		{"all@ticker", hub.Payload{Key: "BTCUSDT", Time: 3, Data: []byte(`{"p":3}`)}},
		{"xrpusdt@depth", hub.Payload{Time: 1, Data: []byte(`{"U":7,"u":8,"b":[["0.4","1"]],"a":[]}`)}},
		{"xrpusdt@depth", hub.Payload{Time: 2, Snapshot: true, Data: []byte(`{"lastUpdateId":8,"bids":[["0.5","10"]],"asks":[["0.6","7"]]}`)}},
		{"xrpusdt@depth", hub.Payload{Time: 3, Data: []byte(`{"U":9,"u":9,"b":[["0.5","0"]],"a":[]}`)}},
	},
	"Coming back": {
		{"adausdt@trade", hub.Payload{Time: 1, Data: []byte("1")}},
		{"adausdt@trade", hub.Payload{Time: 1, Data: []byte("2")}},
		{"adausdt@trade", hub.Payload{Time: 1, Data: []byte("3")}},
		{"adausdt@trade", hub.Payload{Time: 1, Data: []byte("4")}},
	},
}

// wasPublished tells whether a message of the document is one of its section's history.
func wasPublished(title string, m said) bool {
	n := uint64(0)
	for _, p := range history[title] {
		if p.channel == m.Channel {
			n++
		}
	}
	return m.Seq <= n
}

// bearer lets in everybody with a token.
func bearer(r *http.Request) (any, error) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		return nil, &engine.HTTPError{Status: http.StatusUnauthorized, Body: "a token is needed",
			Header: http.Header{"Www-Authenticate": {`Bearer realm="weir"`}}}
	}
	return "ann", nil
}

// askExample sends a request of the document and returns the answer.
func askExample(t *testing.T, srv *server, at string, lines []string) string {
	t.Helper()
	head, body, _ := strings.Cut(strings.Join(lines, "\n"), "\n\n")
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n")))
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	if r.URL.Path != "/publish" {
		t.Errorf("%s: the path is %s", at, r.URL.Path)
	}
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	w := httptest.NewRecorder()
	srv.feed.Publisher(feed.PublisherConfig{Authenticate: bearer}).ServeHTTP(w, r)
	var b strings.Builder
	if err := w.Result().Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkResponse compares an answer with the document's, which need not have all of its header.
func checkResponse(t *testing.T, at, got string, lines []string) {
	t.Helper()
	head, body, _ := strings.Cut(strings.Join(lines, "\n"), "\n\n")
	gotHead, gotBody, _ := strings.Cut(got, "\r\n\r\n")
	gotLines := strings.Split(gotHead, "\r\n")
	for i, line := range strings.Split(head, "\n") {
		found := false
		for k, l := range gotLines {
			found = found || strings.EqualFold(l, line) && (i == 0) == (k == 0)
		}
		if !found {
			t.Errorf("%s: no %q in the answer\n%s", at, line, gotHead)
		}
	}
	g, w := strings.Split(strings.TrimSuffix(gotBody, "\n"), "\n"), strings.Split(body, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = maskEpoch(g[i])
		}
		if i < len(w) {
			b = maskEpoch(w[i])
		}
		if a != b {
			t.Errorf("%s: line %d\ndocument: %s\nserver:   %s", at, i+1, b, a)
		}
	}
}
