//go:build unix

package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// adopting is an engine without addresses, and the address of an http.Server whose requests all go to h, or
// to its Upgrade if h is nil.
type adopting struct {
	*sockServer
	addr net.Addr
	errs chan error // what Upgrade returned
}

func adopt(t *testing.T, cfg engine.Config, eh engine.Handler, h func(*engine.Engine) http.Handler, wrap func(net.Listener) net.Listener) *adopting {
	t.Helper()
	cfg.Addrs, cfg.HTTP.UpgradeOnly = nil, true
	e, err := engine.New(cfg, eh)
	if err != nil {
		t.Fatal(err)
	}
	a := &adopting{sockServer: &sockServer{Engine: e, t: t, end: make(chan error, 1)}, errs: make(chan error, 1000)}
	go func() { a.end <- e.Run(context.Background()) }()
	t.Cleanup(a.stop)
	wait(t, "Run", e.Running())
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.addr = ln.Addr()
	if wrap != nil {
		ln = wrap(ln)
	}
	handler := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.errs <- e.Upgrade(w, r) }))
	if h != nil {
		handler = h(e)
	}
	srv := &http.Server{Handler: handler}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	return a
}

// What a loop does with a handshake happens with one that net/http has read: frames that came with it, subprotocol,
// user data, addresses, the fields of the answer, Close once.
func TestUpgradeFromNetHTTP(t *testing.T) {
	t.Parallel()
	h, ended := closes(engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) {
			return engine.Accept{Subprotocol: "v2", User: r.Header.Get("X-User"), Header: http.Header{"X-Weir": {"ours"}}}, nil
		},
		Open: func(c *engine.Conn) { c.Send(frame.OpText, []byte("welcome")) },
		Message: func(c *engine.Conn, op frame.Op, p []byte) {
			c.Send(op, fmt.Appendf(nil, "%s|%v|%s|%s", p, c.User(), c.Subprotocol(), c.RemoteAddr()))
		},
	})
	a := adopt(t, quickly(), h, func(e *engine.Engine) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // a middleware
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
			w.Header().Set("X-Weir", "theirs")
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Sec-WebSocket-Protocol", "v9")
			r.Header.Set("X-User", "me")
			if err := e.Upgrade(w, r); err != nil {
				t.Error(err)
			}
		})
	}, nil)
	c := connect(t, a.addr)
	c.bytes(plainRequest + "Sec-WebSocket-Protocol: v1, v2\r\n\r\n" + string(masked(frame.OpText, []byte("early"))))
	r := c.response("GET")
	if r.StatusCode != 101 {
		t.Fatal(r.Status)
	}
	checkHeader(t, r.Header, http.Header{"Set-Cookie": {"session=1"}, "X-Weir": {"ours"}, "Content-Type": nil,
		"Sec-Websocket-Protocol": {"v2"}, "Sec-Websocket-Accept": {"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, "Date": nil})
	c.expect(frame.OpText, "welcome")
	c.expect(frame.OpText, "early|me|v2|"+c.LocalAddr().String())
	c.say(frame.OpText, "late")
	c.expect(frame.OpText, "late|me|v2|"+c.LocalAddr().String())
	if n := engine.Admitted(a.Engine); n != 1 {
		t.Errorf("%d counted, want 1", n)
	}
	c.bytes(string(masked(frame.OpClose, []byte("\x03\xe8bye"))))
	c.expectClose(frame.StatusNormal)
	c.expectEOF()
	_ = c.Close()
	if ce := wait(t, "Close", ended); ce.Code != frame.StatusNormal || !ce.Remote || ce.Reason != "bye" {
		t.Errorf("closed with %v", ce)
	}
	eventually(t, "it is counted out", func() bool { return engine.Admitted(a.Engine) == 0 })
}

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

// Upgrade as a middleware sees it: what it says about the client's address is what the connection has.
func TestUpgradePeer(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ remote, want string }{
		{"192.0.2.7:99", "192.0.2.7:99"},
		{"192.0.2.7", "192.0.2.7:0"},
		{"[2001:db8::1%eth0]:7", "[2001:db8::1]:7"},
		{"[::ffff:192.0.2.9]:1", "192.0.2.9:1"},
		{"@", netip.AddrPort{}.String()},
	} {
		h := engine.Handler{Open: func(c *engine.Conn) { c.Send(frame.OpText, []byte(c.RemoteAddr().String())) }}
		a := adopt(t, quickly(), h, func(e *engine.Engine) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.RemoteAddr = row.remote
				_ = e.Upgrade(w, r)
			})
		}, nil)
		c := dialWS(t, a.addr)
		c.expect(frame.OpText, row.want)
		_ = c.Close()
		eventually(t, "it is counted out", func() bool { return engine.Admitted(a.Engine) == 0 })
	}
}

// Upgrade works on the engine's own connections too, inside Handler.HTTP: a middleware may have changed their address, and
// then they are counted under the new one alone.
func TestUpgradeInsideHandlerHTTP(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.Origins = []string{"*"}
	var engines [2]atomic.Pointer[engine.Engine]
	h := echo()
	h.HTTP = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		for k, v := range handshakeRequest().Header { // as if it had been one
			r.Header[k] = v
		}
		e := engines[0].Load()
		switch r.URL.Path {
		case "/other-address":
			r.RemoteAddr = "192.0.2.1:5"
		case "/other-engine":
			e = engines[1].Load()
		}
		_ = e.Upgrade(w, r)
	})
	a, b := serve(t, cfg, h), serve(t, cfg, echo())
	engines[0].Store(a.Engine)
	engines[1].Store(b.Engine)
	for _, path := range []string{"/", "/other-address", "/other-engine"} {
		c := connect(t, a.addr)
		c.bytes("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
		if r := c.response("GET"); r.StatusCode != 101 {
			t.Fatalf("%s: %s", path, r.Status)
		}
		c.say(frame.OpText, "hello")
		c.expect(frame.OpText, "hello")
		in, other := engine.Admitted(a.Engine), engine.Admitted(b.Engine)
		if path == "/other-engine" {
			in, other = other, in
		}
		if in != 1 || other != 0 || a.Stats().HTTPConns != 0 {
			t.Errorf("%s: counted %d and %d, %d with net/http; want 1, 0 and 0", path, in, other, a.Stats().HTTPConns)
		}
		_ = c.Close()
		eventually(t, "it is counted out", func() bool { return engine.Admitted(a.Engine)+engine.Admitted(b.Engine) == 0 })
	}
}

// Unix sockets are adopted as well.
func TestUpgradeUnix(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "http.sock")
	a := adopt(t, quickly(), echo(), nil, func(tcp net.Listener) net.Listener {
		_ = tcp.Close()
		ln, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		return ln
	})
	c := dialWS(t, &net.UnixAddr{Name: path, Net: "unix"})
	c.say(frame.OpText, "hello")
	c.expect(frame.OpText, "hello")
	if err := wait(t, "Upgrade", a.errs); err != nil {
		t.Error(err)
	}
}

// Shutdown tells adopted connections goodbye like all others.
func TestUpgradeShutdown(t *testing.T) {
	t.Parallel()
	a := adopt(t, quickly(), echo(), nil, nil)
	c := dialWS(t, a.addr)
	go func() { // answers the close frame
		for end := time.Now().Add(patience); time.Now().Before(end); {
			op, p, err := c.next()
			if err != nil {
				_ = c.Close()
				return
			}
			if op == frame.OpClose {
				_, _ = c.Write(masked(frame.OpClose, p))
			}
		}
	}()
	a.stop()
}

// Three hundred connections from net/http leave no goroutine behind. Not parallel: it counts what the
// whole process has.
func TestUpgradeLeavesNoGoroutine(t *testing.T) {
	a := adopt(t, quickly(), echo(), nil, nil)
	s := serve(t, quickly(), web(echo()))
	eventually(t, "things are quiet", quiet())
	before := runtime.NumGoroutine()
	var conns []*rawClient
	for i := range 300 {
		if i%2 == 0 {
			conns = append(conns, dialWS(t, a.addr))
			continue
		}
		c := connect(t, s.addr)
		c.bytes("GET / HTTP/1.1\r\nHost: server.example.com\r\n\r\n")
		_, _ = io.Copy(io.Discard, c.response("GET").Body)
		c.request()
		if r := c.response("GET"); r.StatusCode != 101 {
			t.Fatal(r.Status)
		}
		conns = append(conns, c)
	}
	eventually(t, "the goroutines are gone", func() bool { return runtime.NumGoroutine() <= before })
	for _, c := range conns {
		c.say(frame.OpText, "hello")
		c.expect(frame.OpText, "hello")
	}
	t.Logf("%d goroutines with 0 connections, %d with %d", before, runtime.NumGoroutine(), len(conns))
}

// quiet is true once the number of goroutines has stayed the same for a while.
func quiet() func() bool {
	last, since := 0, time.Now()
	return func() bool {
		if n := runtime.NumGoroutine(); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > 100*time.Millisecond
	}
}
