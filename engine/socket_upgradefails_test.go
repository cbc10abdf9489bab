//go:build unix

package engine_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Refusals go out through the ResponseWriter and come back typed.
func TestUpgradeRefuses(t *testing.T) {
	t.Parallel()
	h := echo()
	h.Upgrade = func(r *http.Request) (engine.Accept, error) {
		switch r.URL.Path {
		case "/odd":
			return engine.Accept{}, errors.New("a secret")
		case "/panic":
			panic("boom")
		case "/proto":
			return engine.Accept{Subprotocol: "never offered"}, nil
		case "/gone":
			return engine.Accept{}, &engine.HTTPError{Status: 204}
		case "/far":
			return engine.Accept{}, &engine.HTTPError{Status: 999}
		}
		return engine.Accept{}, nil
	}
	a := adopt(t, quickly(), h, nil, nil)
	at := func(path string) string { return strings.Replace(plainRequest, "/chat", path, 1) + "\r\n" }
	for _, row := range []struct {
		name, in string
		status   int
		body     string
		header   http.Header
	}{
		{"no handshake", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, `this is a WebSocket endpoint, and "Upgrade: websocket" is missing; if a proxy is in between, it must pass Upgrade on`, nil},
		{"not GET", "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "a WebSocket handshake is a GET request", http.Header{"Allow": {"GET"}}},
		{"HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "", http.Header{"Allow": {"GET"}}},
		{"version", strings.Replace(at("/"), "13", "7", 1), 426, "this server speaks version 13 of the WebSocket protocol",
			http.Header{"Sec-Websocket-Version": {"13"}, "Upgrade": {"websocket"}}},
		{"origin", plainRequest + "Origin: http://evil.example\r\n\r\n", 403, "origin not allowed", nil},
		{"an error that is no answer", at("/odd"), 500, "Internal Server Error", nil},
		{"a panic", at("/panic"), 500, "Internal Server Error", nil},
		{"an Accept that cannot be sent", at("/proto"), 500, "Internal Server Error", nil},
		{"an answer without a body", at("/gone"), 204, "", nil},
		{"a status that is none", at("/far"), 500, "Internal Server Error", nil},
	} {
		c := connect(t, a.addr)
		c.bytes(row.in)
		method, _, _ := strings.Cut(row.in, " ")
		r := c.response(method)
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != row.status || string(body) != row.body {
			t.Errorf("%s: got %s %q (%v), want %d %q", row.name, r.Status, body, err, row.status, row.body)
		}
		checkHeader(t, r.Header, row.header)
		if !r.Close {
			t.Errorf("%s: no Connection: close", row.name)
		}
		c.expectEOF()
		var herr *engine.HTTPError
		if err := wait(t, "Upgrade", a.errs); !errors.As(err, &herr) {
			t.Errorf("%s: Upgrade returned %v, want an HTTPError", row.name, err)
		}
	}
	if st := a.Stats(); st.Rejected != 10 || st.Panics != 1 || engine.Admitted(a.Engine) != 0 {
		t.Errorf("rejected %d, panics %d, counted %d; want 10, 1 and 0", st.Rejected, st.Panics, engine.Admitted(a.Engine))
	}
}

// hidden is a connection of a type that nobody knows.
type hidden struct{ net.Conn }

type hiding struct{ net.Listener }

func (l hiding) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return hidden{c}, nil
}

// Whatever stands in the way has a name, the client has an answer, and nothing stays counted.
func TestUpgradeCannot(t *testing.T) {
	t.Parallel()
	t.Run("no descriptor", func(t *testing.T) {
		t.Parallel()
		a := adopt(t, quickly(), echo(), nil, func(l net.Listener) net.Listener { return hiding{l} })
		c := connect(t, a.addr)
		c.request()
		if r := c.response("GET"); r.StatusCode != 500 {
			t.Errorf("got %s", r.Status)
		}
		if err := wait(t, "Upgrade", a.errs); !errors.Is(err, engine.ErrNoDescriptor) || !strings.Contains(err.Error(), "engine_test.hidden") {
			t.Errorf("Upgrade returned %v", err)
		}
		if n := engine.Admitted(a.Engine); n != 0 {
			t.Errorf("%d counted", n)
		}
	})
	t.Run("no hijack", func(t *testing.T) {
		t.Parallel()
		a := adopt(t, quickly(), echo(), nil, nil)
		w := httptest.NewRecorder()
		err := a.Upgrade(w, handshakeRequest())
		if !errors.Is(err, engine.ErrNoHijack) || w.Code != 500 || engine.Admitted(a.Engine) != 0 {
			t.Errorf("%v, %d, %d counted", err, w.Code, engine.Admitted(a.Engine))
		}
	})
	t.Run("HTTP/2", func(t *testing.T) {
		t.Parallel()
		a := adopt(t, quickly(), echo(), nil, nil)
		w, r := httptest.NewRecorder(), handshakeRequest()
		r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
		var herr *engine.HTTPError
		if err := a.Upgrade(w, r); !errors.As(err, &herr) || w.Code != 505 || w.Header().Get("Connection") != "" {
			t.Errorf("%v, %d, %v", err, w.Code, w.Header())
		}
	})
	t.Run("before Run and after", func(t *testing.T) {
		t.Parallel()
		e, err := engine.New(engine.Config{HTTP: engine.HTTPConfig{UpgradeOnly: true}}, echo())
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err := e.Upgrade(w, handshakeRequest()); !errors.Is(err, engine.ErrNotRunning) || w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("before: %v, %d", err, w.Code)
		}
		if err := e.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		w = httptest.NewRecorder()
		if err := e.Upgrade(w, handshakeRequest()); !errors.Is(err, engine.ErrClosed) || w.Code != 503 {
			t.Errorf("after: %v, %d", err, w.Code)
		}
	})
	t.Run("over the cap", func(t *testing.T) {
		t.Parallel()
		cfg := quickly()
		cfg.MaxConns = 1
		a := adopt(t, cfg, echo(), nil, nil)
		first := dialWS(t, a.addr)
		if err := wait(t, "Upgrade", a.errs); err != nil {
			t.Fatal(err)
		}
		c := connect(t, a.addr)
		c.request()
		if r := c.response("GET"); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
			t.Errorf("got %s", r.Status)
		}
		var herr *engine.HTTPError
		if err := wait(t, "Upgrade", a.errs); !errors.As(err, &herr) || herr.Status != 503 {
			t.Errorf("Upgrade returned %v", err)
		}
		first.say(frame.OpText, "unharmed")
		first.expect(frame.OpText, "unharmed")
	})
}

func handshakeRequest() *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	for k, v := range map[string]string{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
		r.Header.Set(k, v)
	}
	return r
}

// A connection may end in the very callbacks of its adoption; the loop and the others on it live on.
func TestUpgradeThatEndsAtOnce(t *testing.T) {
	t.Parallel()
	h, ended := closes(echo())
	h.Upgrade = func(r *http.Request) (engine.Accept, error) { return engine.Accept{User: r.URL.Path}, nil }
	h.Open = func(c *engine.Conn) {
		switch c.User() {
		case "/panic":
			panic("boom")
		case "/close":
			c.Close(4000, "no")
		}
	}
	cfg := quickly()
	cfg.Loops = 1
	a := adopt(t, cfg, h, nil, nil)
	other := dialWS(t, a.addr)
	for _, row := range []struct {
		path, behind string
		code         frame.Status
	}{
		{"/panic", "", 1011},
		{"/close", "", 4000},
		{"/wrong", "\x81\x01x", 1002}, // unmasked
		{"/over", string(masked(frame.OpClose, []byte("\x03\xe8"))), 1000},
	} {
		c := connect(t, a.addr)
		c.bytes(strings.Replace(plainRequest, "/chat", row.path, 1) + "\r\n" + row.behind)
		if r := c.response("GET"); r.StatusCode != 101 {
			t.Fatalf("%s: %s", row.path, r.Status)
		}
		c.expectClose(row.code)
		_ = c.Close()
		if ce := wait(t, "Close", ended); ce.Code != row.code {
			t.Errorf("%s: closed with %v", row.path, ce)
		}
	}
	// A peer that resets while its handshake is judged: no loop gets it, or one does and finds out.
	for range 50 {
		c := connect(t, a.addr)
		c.request()
		c.reset()
		<-a.errs
	}
	other.say(frame.OpText, "still here")
	other.expect(frame.OpText, "still here")
	eventually(t, "the others are counted out", func() bool { return engine.Admitted(a.Engine) == 1 && a.Stats().Conns == 1 })
}
