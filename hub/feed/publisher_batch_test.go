package feed_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// Every line has its answer, in order; what is wrong with one does not keep the others from being published.
func TestPublisherBatch(t *testing.T) {
	m := inMemory(t, hub.Config{}, anybody)
	c := m.dial()
	together(c, `{"type":"subscribe","channels":["a","b"]}`)
	m.Settle()
	m.got(c)
	r, got := post(t, m.feed.Publisher(feed.PublisherConfig{}), typeNDJSON, ""+
		`{"channel":"a","data":1,"ts":7,"id":"first"}`+"\r\n"+
		`{"channel":"b","data":{"x": [1, 2]},"ts":7}`+"\n"+
		"\n \t\r\n"+ // nothing: no answer
		`{"channel":"a","data":`+"\n"+
		`{"channel":"secret","data":1,"id":2}`+"\n"+
		`{"channel":"a","data":"`+strings.Repeat("x", feed.DefaultMaxRequest)+`"}`+"\n"+
		`{"channel":"a","data":2,"ts":7}`) // no line feed at the end
	want := `{"type":"published","channel":"a","epoch":"E","seq":1,"id":"first"}
{"type":"published","channel":"b","epoch":"E","seq":1}
{"type":"error","code":"bad_json","message":"the message is not valid JSON: the fault is at or before byte 22"}
{"type":"error","code":"forbidden","message":"you may not publish to this channel","channel":"secret","id":2}
{"type":"error","code":"too_big","message":"a line has at most 327680 bytes; this one has more"}
{"type":"published","channel":"a","epoch":"E","seq":2}
`
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != typeNDJSON || got != want {
		t.Errorf("%d %s, answers\n%s", r.StatusCode, r.Header.Get("Content-Type"), got)
	}
	m.expect(c, `{"type":"message","channel":"a","seq":1,"ts":7,"data":1}`, `{"type":"message","channel":"b","seq":1,"ts":7,"data":{"x": [1, 2]}}`,
		`{"type":"message","channel":"a","seq":2,"ts":7,"data":2}`)
}

// A batch that stops says at which line; what was before stays published.
func TestPublisherBatchStops(t *testing.T) {
	line := func(n int) string { return fmt.Sprintf(`{"channel":"a","data":%d}`+"\n", n) }
	published := func(seq int) string {
		return fmt.Sprintf(`{"type":"published","channel":"a","epoch":"E","seq":%d}`+"\n", seq)
	}
	for _, row := range []struct {
		name       string
		body       io.Reader
		hub        hub.Config
		status     int
		last       string
		retryAfter string
	}{
		{"too many lines", strings.NewReader(line(1) + line(2) + line(3)), hub.Config{}, 413,
			`{"type":"error","code":"too_big","message":"a batch has at most 2 lines; send the rest in another"}`, ""},
		{"too many bytes", strings.NewReader(line(1) + line(2) + strings.Repeat("\n", 300)), hub.Config{}, 413,
			`{"type":"error","code":"too_big","message":"a body has at most 300 bytes"}`, ""},
		{"a body that breaks off inside a whole message", io.MultiReader(strings.NewReader(line(1)+line(2)+`{"channel":"a","data":3}`), broken{}), hub.Config{}, 400,
			`{"type":"error","code":"bad_request","message":"the body ended before its end, or too late"}`, ""},
		{"a loop that is behind", strings.NewReader(line(1) + line(2) + line(3) + line(4)), hub.Config{MaxBacklog: 2}, 503,
			`{"type":"error","code":"unavailable","message":"the server is behind; wait a second, then publish this again","channel":"a"}`, "1"},
	} {
		m := inMemory(t, row.hub, anybody)
		c := m.dial()
		together(c, `{"type":"subscribe","channel":"a"}`)
		m.Settle()
		r := httptest.NewRequest("POST", "/publish", row.body)
		r.ContentLength = -1
		r.Header.Set("Content-Type", typeNDJSON)
		lines := 2
		if row.status == 503 {
			lines = 0 // no bound
		}
		resp, got := ask(t, m.feed.Publisher(feed.PublisherConfig{MaxLines: lines, MaxBody: 300}), r)
		if want := published(1) + published(2) + row.last + "\n"; resp.StatusCode != row.status || got != want {
			t.Errorf("%s: answered %d\n%s", row.name, resp.StatusCode, got)
		}
		if ra := resp.Header.Get("Retry-After"); ra != row.retryAfter {
			t.Errorf("%s: Retry-After is %q", row.name, ra)
		}
		if n := m.hub.Stats().Published; n != 2 {
			t.Errorf("%s: %d messages were published", row.name, n)
		}
	}
}

// A batch is published line by line as it comes: the first message is there while the body is still being written.
func TestPublisherBatchStreams(t *testing.T) {
	_, f := newFeed(t, hub.Config{}, anybody)
	srv := httptest.NewServer(f.Publisher(feed.PublisherConfig{}))
	defer srv.Close()
	pr, pw := io.Pipe()
	done := make(chan string)
	go func() {
		resp, err := http.Post(srv.URL, typeNDJSON, pr)
		if err != nil {
			done <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		done <- fmt.Sprint(resp.StatusCode, " ", strings.Count(string(b), `"published"`))
	}()
	const n = 20
	for i := range uint64(n) {
		fmt.Fprintf(pw, `{"channel":"a","data":%d}`+"\n", i)
		for f.Stats().Published <= i { // the test's own deadline ends it
			select {
			case answer := <-done:
				t.Fatalf("answered %s after line %d", answer, i)
			default:
			}
		}
	}
	pw.Close()
	if got, want := <-done, fmt.Sprintf("200 %d", n); got != want {
		t.Errorf("answered %s, want %s", got, want)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// A body that stands still is given up, one that is not read because the request is refused too.
func TestPublisherDoesNotWaitForEver(t *testing.T) {
	_, f := newFeed(t, hub.Config{}, anybody)
	srv := httptest.NewServer(f.Publisher(feed.PublisherConfig{ReadTimeout: 50 * time.Millisecond}))
	defer srv.Close()
	for kind, want := range map[string]string{
		typeNDJSON:   "HTTP/1.1 400 Bad Request",
		typeJSON:     "HTTP/1.1 400 Bad Request",
		"text/plain": "HTTP/1.1 415 Unsupported Media Type",
	} {
		c, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\nContent-Length: 1000\r\n\r\n", kind)
		fmt.Fprintf(c, `{"channel":"a",`)
		b, err := io.ReadAll(c) // the test's own deadline ends it
		if !strings.HasPrefix(string(b), want) {
			t.Errorf("%s: answered %q, %v", kind, b, err)
		}
		c.Close()
	}
	if n := f.Stats().Published; n != 0 {
		t.Errorf("%d were published", n)
	}
}

// An answer per line is what a batch costs in memory, not the body.
func TestPublisherBatchMemory(t *testing.T) {
	_, f := newFeed(t, hub.Config{}, anybody)
	h := f.Publisher(feed.PublisherConfig{MaxBody: -1})
	line := []byte(`{"channel":"a","data":1,"x":"` + strings.Repeat("x", 100_000) + `"}` + "\n")
	body := iotest.DataErrReader(io.LimitReader(&again{p: line}, 500*int64(len(line)))) // 50 MB
	r := httptest.NewRequest("POST", "/publish", body)
	r.Header.Set("Content-Type", typeNDJSON)
	w := httptest.NewRecorder()
	before := totalAlloc()
	h.ServeHTTP(w, r)
	if n := totalAlloc() - before; n > 8<<20 {
		t.Errorf("%d bytes were allocated for a batch of 50 MB", n)
	}
	if n := bytes.Count(w.Body.Bytes(), []byte(`"published"`)); w.Code != 200 || n != 500 {
		t.Errorf("%d, %d answers", w.Code, n)
	}
}

// again repeats p for ever.
type again struct {
	p  []byte
	at int
}

func (a *again) Read(b []byte) (n int, err error) {
	n = copy(b, a.p[a.at:])
	a.at = (a.at + n) % len(a.p)
	return n, nil
}
