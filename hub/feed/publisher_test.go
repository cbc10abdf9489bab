package feed_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// post sends one request to h and returns its status, and its answer with epochs replaced.
func post(t *testing.T, h http.Handler, kind, body string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest("POST", "/publish", strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	return ask(t, h, r)
}

func ask(t *testing.T, h http.Handler, r *http.Request) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var lines []string
	for l := range strings.Lines(w.Body.String()) {
		lines = append(lines, maskEpoch(l))
	}
	return w.Result(), strings.Join(lines, "")
}

const (
	typeJSON   = "application/json"
	typeNDJSON = "application/x-ndjson"
)

// One message over HTTP: the status says what the answer says.
func TestPublisherSingle(t *testing.T) {
	m := inMemory(t, hub.Config{MaxChannelLen: 12}, anybody)
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`)
	m.expect(c, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)
	h := m.feed.Publisher(feed.PublisherConfig{})
	for _, row := range []struct {
		body   string
		status int
		want   string
	}{
		{`{"channel":"a","data": {"p": 1.0} ,"ts":7,"id":1}`, 200, `{"type":"published","channel":"a","epoch":"E","seq":1,"id":1}`},
		{" \n{\"type\":\"publish\",\"channel\":\"a\",\n\"data\":2,\"ts\":7}\n", 200, `{"type":"published","channel":"a","epoch":"E","seq":2}`},
		{``, 400, `{"type":"error","code":"bad_json","message":"the message is not valid JSON: the fault is at or before byte 0"}`},
		{`[]`, 400, `{"type":"error","code":"bad_json","message":"the message is not a JSON object"}`},
		{`{"channel":"a","data":1}{"channel":"a","data":1}`, 400, `{"type":"error","code":"bad_json","message":"the message is not valid JSON: the fault is at or before byte 25"}`},
		{"{\"channel\":\"a\",\"data\":\"\xff\"}", 400, `{"type":"error","code":"bad_json","message":"the message is not valid UTF-8"}`},
		{`{"channel":"a"}`, 400, `{"type":"error","code":"bad_request","message":"data is missing"}`},
		{`{"type":"subscribe","channel":"a","id":2}`, 400, `{"type":"error","code":"unknown_type","message":"type must be publish here, or left out","id":2}`},
		{`{"channel":"a","data":1,"id":[]}`, 400, `{"type":"error","code":"bad_id","message":"id must be a string of at most 64 bytes or an integer of at most 20 digits"}`},
		{`{"channel":"a","data":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`, 400, `{"type":"error","code":"bad_request","message":"the JSON is nested 65 deep; at most 64 is allowed"}`},
		{`{"channel":"a b","data":1,"id":3}`, 400, `{"type":"error","code":"bad_channel","message":"not a legal channel name: byte ' ' at offset 1; legal are A-Z a-z 0-9 _ . : @ / ! $ + -","channel":"a b","id":3}`},
		{`{"channel":"secret","data":1}`, 403, `{"type":"error","code":"forbidden","message":"you may not publish to this channel","channel":"secret"}`},
		{`{"channel":"unknown","data":1}`, 404, `{"type":"error","code":"unknown_channel","message":"there is no such channel","channel":"unknown"}`},
		{`{"channel":"a","data":"` + strings.Repeat("x", 65_535) + `"}`, 413, `{"type":"error","code":"too_big","message":"data has at most 65536 bytes; this has 65537","channel":"a"}`},
		{`{"channel":"a","data":1,"x":"` + strings.Repeat("x", feed.DefaultMaxRequest) + `"}`, 413, `{"type":"error","code":"too_big","message":"a request has at most 327680 bytes; this one has 327681"}`},
	} {
		r, got := post(t, h, typeJSON, row.body)
		if r.StatusCode != row.status || got != row.want+"\n" {
			t.Errorf("%.60q is answered\n%d %swant\n%d %s", row.body, r.StatusCode, got, row.status, row.want)
		}
		if r.Header.Get("Content-Type") != typeJSON || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%.60q: header %v", row.body, r.Header)
		}
	}
	m.expect(c, `{"type":"message","channel":"a","seq":1,"ts":7,"data":{"p": 1.0}}`, `{"type":"message","channel":"a","seq":2,"ts":7,"data":2}`)
	if st := m.feed.Stats(); st.Published != 2 || st.Errors != 13 {
		t.Errorf("stats %+v", st)
	}
}

// What is refused by its head, before anything of the body counts.
func TestPublisherRefuses(t *testing.T) {
	cfg := anybody
	cfg.Authenticate = func(r *http.Request) (any, error) {
		switch r.Header.Get("Authorization") {
		case "Bearer good":
			return "ann", nil
		case "Bearer weak":
			return nil, &engine.HTTPError{Status: 403, Header: http.Header{"WWW-Authenticate": {`Bearer error="insufficient_scope"`}}, Body: "the token allows nothing here\n"}
		case "Bearer odd":
			return nil, errors.New("the database says 42")
		case "Bearer late":
			return nil, &engine.HTTPError{Status: 503, Header: http.Header{"Retry-After": {"9"}}, Body: "later"}
		case "Bearer twice":
			return nil, &engine.HTTPError{Status: 400, Body: "one token is enough"}
		}
		return nil, &engine.HTTPError{Status: 401, Header: http.Header{"Www-Authenticate": {"Bearer"}}, Body: "a token is needed"}
	}
	_, f := newFeed(t, hub.Config{}, cfg)
	h := f.Publisher(feed.PublisherConfig{MaxBody: 100})
	closed := cfg
	closed.PermitPublish = nil
	_, f2 := newFeed(t, hub.Config{}, closed)
	shut := f2.Publisher(feed.PublisherConfig{})
	ndjsonBig := strings.Repeat(" ", 101)
	for _, row := range []struct {
		name   string
		h      http.Handler
		change func(*http.Request)
		status int
		want   string
		header string // "Name: value"
	}{
		{"GET", h, func(r *http.Request) { r.Method = "GET" }, 405, `"code":"bad_request","message":"to publish is a POST request"`, "Allow: POST"},
		{"OPTIONS, as a browser's preflight", h, func(r *http.Request) { r.Method = "OPTIONS" }, 405, `"code":"bad_request","message":"to publish is a POST request"`, "Access-Control-Allow-Origin: "},
		{"no token", h, func(r *http.Request) { r.Header.Del("Authorization") }, 401, `"code":"unauthorized","message":"a token is needed"`, "WWW-Authenticate: Bearer"},
		{"a token comes before the type", h, func(r *http.Request) { r.Header = http.Header{} }, 401, `"code":"unauthorized","message":"a token is needed"`, ""},
		{"no right", h, auth("Bearer weak"), 403, `"code":"not_permitted","message":"the token allows nothing here"`, `WWW-Authenticate: Bearer error="insufficient_scope"`},
		{"two tokens", h, auth("Bearer twice"), 400, `"code":"bad_request","message":"one token is enough"`, ""},
		{"overloaded", h, auth("Bearer late"), 503, `"code":"unavailable","message":"later"`, "Retry-After: 9"},
		{"a fault of ours is not told", h, auth("Bearer odd"), 500, `"code":"unavailable","message":"internal error"`, ""},
		{"publishing is off", shut, nil, 403, `"code":"not_permitted","message":"nothing may be published to this server"`, ""},
		{"no type", h, kind(""), 415, `"code":"bad_request","message":"Content-Type must be application/json for one message, or application/x-ndjson for one a line, in UTF-8"`, "Accept-Post: application/json, application/x-ndjson"},
		{"a form", h, kind("application/x-www-form-urlencoded"), 415, "Content-Type must be", ""},
		{"a type that browsers send unasked", h, kind("text/plain"), 415, "Content-Type must be", ""},
		{"another charset", h, kind("application/json; charset=utf-16"), 415, "Content-Type must be", ""},
		{"a broken type", h, kind("application/json; ="), 415, "Content-Type must be", ""},
		{"gzip", h, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415, `"message":"the body is compressed; send it as it is"`, "Accept-Encoding: identity"},
		{"a body that is declared too big", h, func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader(ndjsonBig)), 101 }, 413, `"code":"too_big","message":"a body has at most 100 bytes; this one has 101"`, ""},
		{"a body that turns out to be", h, func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader(ndjsonBig)), -1 }, 413, `"code":"too_big","message":"a body has at most 100 bytes"`, ""},
		{"a body that breaks off", h, func(r *http.Request) { r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"ch`), broken{})) }, 400, `"code":"bad_request","message":"the body ended before its end, or too late"`, ""},
		{"all is well", h, kind("Application/JSON; charset=UTF-8"), 200, `"published"`, ""},
		{"identity", h, func(r *http.Request) { r.Header.Set("Content-Encoding", "identity") }, 200, `"published"`, ""},
	} {
		r := httptest.NewRequest("POST", "/publish", strings.NewReader(`{"channel":"a","data":1}`))
		r.Header.Set("Content-Type", typeJSON)
		r.Header.Set("Authorization", "Bearer good")
		if row.change != nil {
			row.change(r)
		}
		resp, got := ask(t, row.h, r)
		if resp.StatusCode != row.status || !strings.Contains(got, row.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: answered %d %s", row.name, resp.StatusCode, got)
		}
		if name, value, ok := strings.Cut(row.header, ": "); ok && resp.Header.Get(name) != value {
			t.Errorf("%s: %s is %q, want %q", row.name, name, resp.Header.Get(name), value)
		}
	}
}

func auth(v string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", v) }
}
func kind(v string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Content-Type", v) }
}

// broken is a body whose sender has gone.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// The publisher's own rights count, and its Authenticate may be another than the feed's.
func TestPublisherAuthenticatesByItself(t *testing.T) {
	cfg := anybody
	cfg.Authenticate = func(*http.Request) (any, error) { return nil, &engine.HTTPError{Status: 401} }
	cfg.PermitPublish = func(user any, ch string) bool { return user == ch }
	_, f := newFeed(t, hub.Config{}, cfg)
	h := f.Publisher(feed.PublisherConfig{Authenticate: func(*http.Request) (any, error) { return "ann", nil }})
	for ch, want := range map[string]int{"ann": 200, "bob": 403} {
		if r, got := post(t, h, typeJSON, fmt.Sprintf(`{"channel":%q,"data":1}`, ch)); r.StatusCode != want {
			t.Errorf("to %s: %d %s", ch, r.StatusCode, got)
		}
	}
}
