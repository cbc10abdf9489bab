//go:build unix

package engine_test

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// A connection counts from accept to its end, wherever it is, and once: the cap of one holds for it in both places.
func TestSocketHandedOverIsCounted(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.MaxConnsPerAddr, cfg.LimitLoopback = 1, true
	s := serve(t, cfg, web(echo()))
	for round := range 5 {
		c := connect(t, s.addr)
		c.bytes("GET / HTTP/1.1\r\nHost: server.example.com\r\n\r\n")
		_, _ = io.Copy(io.Discard, c.response("GET").Body)
		second := connect(t, s.addr)
		if r := second.response("GET"); r.StatusCode != 429 {
			t.Fatalf("round %d: the second connection got %s", round, r.Status)
		}
		if round%2 == 0 { // and it goes back to a loop
			c.request()
			if r := c.response("GET"); r.StatusCode != 101 {
				t.Fatalf("round %d: %s", round, r.Status)
			}
			eventually(t, "net/http has let go", func() bool { return s.Stats().HTTPConns == 0 })
			if n := engine.Admitted(s.Engine); n != 1 {
				t.Fatalf("round %d: %d counted, want 1", round, n)
			}
		}
		_ = c.Close()
		eventually(t, "it is counted out", func() bool { return engine.Admitted(s.Engine) == 0 })
		if n := s.Stats().HTTPConns; n != 0 {
			t.Fatalf("round %d: %d connections with net/http", round, n)
		}
	}
}

// A later request of a kept connection may be a handshake. Frames that came in the same segment are not lost, the
// Handler sees what it always sees, and the goroutine of net/http ends.
func TestSocketLaterUpgrade(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			cfg := quickly()
			if network == "unix" {
				cfg.Addrs = []string{"unix:" + filepath.Join(t.TempDir(), "w.sock")}
			}
			h := web(engine.Handler{
				Upgrade: func(r *http.Request) (engine.Accept, error) {
					if r.URL.Path != "/chat" {
						return engine.Accept{}, &engine.HTTPError{Status: 404}
					}
					return engine.Accept{Subprotocol: "b", User: r.RemoteAddr}, nil
				},
				Message: func(c *engine.Conn, op frame.Op, p []byte) {
					c.Send(op, fmt.Appendf(nil, "%s|%s|%v|%v", p, c.Subprotocol(), c.User(), c.RemoteAddr()))
				},
			})
			s := serve(t, cfg, h)
			c := connect(t, s.addr)
			get := "GET /page HTTP/1.1\r\nHost: server.example.com\r\n\r\n"
			big := strings.Repeat("z", 20_000) // more than net/http's buffers hold
			c.bytes(get + plainRequest + "Sec-WebSocket-Protocol: a, b\r\n\r\n" +
				string(masked(frame.OpText, []byte("early"))) + string(masked(frame.OpText, []byte(big))))
			_, _ = io.Copy(io.Discard, c.response("GET").Body)
			r := c.response("GET")
			if r.StatusCode != 101 || r.Header.Get("Sec-WebSocket-Protocol") != "b" {
				t.Fatalf("%s %v", r.Status, r.Header)
			}
			user, addr := c.LocalAddr().String(), c.LocalAddr().String()
			if network == "unix" {
				user, addr = "", "invalid AddrPort"
			}
			if network == "unix" {
				_, p, err := c.next()
				if err != nil || !strings.HasPrefix(string(p), "early|b|") || !strings.HasSuffix(string(p), "|"+addr) {
					t.Fatalf("%q %v", p, err)
				}
			} else {
				c.expect(frame.OpText, "early|b|"+user+"|"+addr)
			}
			if _, p, err := c.next(); err != nil || !strings.HasPrefix(string(p), big+"|b|") {
				t.Fatalf("%.40q %v", p, err)
			}
			c.say(frame.OpText, "late")
			if _, p, err := c.next(); err != nil || !strings.HasPrefix(string(p), "late|b|") {
				t.Fatalf("%.40q %v", p, err)
			}
			if st := s.Stats(); st.Open != 1 || st.HTTPConns != 0 || st.Handshakes != 1 {
				t.Errorf("open %d, with net/http %d, handshakes %d; want 1, 0 and 1", st.Open, st.HTTPConns, st.Handshakes)
			}
		})
	}
}

// A refusal in net/http's hands is the one that a loop gives, with its fields, and ends the connection.
func TestSocketLaterUpgradeRefused(t *testing.T) {
	t.Parallel()
	h := web(echo())
	h.Upgrade = func(*http.Request) (engine.Accept, error) {
		return engine.Accept{}, &engine.HTTPError{Status: 401, Header: http.Header{"Www-Authenticate": {"Bearer"}}, Body: "who?"}
	}
	s := serve(t, quickly(), h)
	for _, row := range []struct {
		request, body string
		status        int
		header        http.Header
	}{
		{plainRequest + "\r\n", "who?", 401, http.Header{"Www-Authenticate": {"Bearer"}}},
		{strings.Replace(plainRequest, "GET", "POST", 1) + "\r\n", "a WebSocket handshake is a GET request", 405, http.Header{"Allow": {"GET"}}},
		{strings.Replace(plainRequest, "13", "12", 1) + "\r\n", "this server speaks version 13 of the WebSocket protocol", 426,
			http.Header{"Sec-Websocket-Version": {"13"}, "Upgrade": {"websocket"}}},
		{plainRequest + "Origin: https://evil.example\r\n\r\n", "origin not allowed", 403, nil},
	} {
		c := connect(t, s.addr)
		c.bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		_, _ = io.Copy(io.Discard, c.response("GET").Body)
		c.bytes(row.request)
		r := c.response("GET")
		body, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != row.status || string(body) != row.body || !r.Close {
			t.Errorf("%s %q, close %t (%v); want %d %q and the end", r.Status, body, r.Close, err, row.status, row.body)
		}
		checkHeader(t, r.Header, row.header)
		c.expectEOF()
	}
	if n := s.Stats().Rejected; n != 4 {
		t.Errorf("%d rejected, want 4", n)
	}
}
