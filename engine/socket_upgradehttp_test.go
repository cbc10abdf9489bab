//go:build unix

package engine_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"runtime"
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
