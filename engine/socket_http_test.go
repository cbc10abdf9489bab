//go:build unix

package engine_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// web is a handler that tells what it got.
func web(h engine.Handler) engine.Handler {
	h.HTTP = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("X-From", r.RemoteAddr)
		fmt.Fprintf(w, "%s %s %s %d %x", r.Method, r.RequestURI, r.Proto, len(body), sha256.Sum256(body))
	})
	return h
}

// told is what web tells.
func told(line string, body []byte) string {
	return fmt.Sprintf("%s %d %x", line, len(body), sha256.Sum256(body))
}

// Who answers what on one port: net/http the requests without a sign of WebSocket, the engine everything else.
func TestSocketWhoAnswers(t *testing.T) {
	t.Parallel()
	s := serve(t, quickly(), web(echo()))
	host, ws := "Host: a.example\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	for _, row := range []struct {
		name, in string
		status   int
		says     string
		allow    string
	}{
		{"a page", "GET /x?y=1 HTTP/1.1\r\n" + host + "\r\n", 200, told("GET /x?y=1 HTTP/1.1", nil), ""},
		{"a form", "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc", 200, told("POST / HTTP/1.1", []byte("abc")), ""},
		{"HTTP/1.0, as load balancers send it", "GET / HTTP/1.0\r\n\r\n", 200, told("GET / HTTP/1.0", nil), ""},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 200, "", ""}, // net/http answers that one itself
		{"HEAD", "HEAD / HTTP/1.1\r\n" + host + "\r\n", 200, "", ""},
		{"another protocol", "GET / HTTP/1.1\r\n" + host + "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n", 200, told("GET / HTTP/1.1", nil), ""},

		{"not GET on a WebSocket path", "POST / HTTP/1.1\r\n" + host + ws + "\r\n", 405, "GET request", "GET"},
		{"a handshake without a version", "GET / HTTP/1.1\r\n" + host + ws + "\r\n", 426, "version 13", ""},
		{"a handshake that lost its Upgrade", "GET / HTTP/1.1\r\n" + host + "Sec-WebSocket-Version: 13\r\n\r\n", 400, "proxy", ""},
		{"no Host", "GET / HTTP/1.1\r\n\r\n", 400, "Host header is missing", ""},
		{"a bare line feed", "GET / HTTP/1.1\n\n", 400, "bare line feed", ""},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", 505, "HTTP/1.1", ""},
		{"smuggling", "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400, "Content-Length", ""},
		{"a big head", "GET / HTTP/1.1\r\n" + host + "Cookie: " + strings.Repeat("c", 9000) + "\r\n\r\n", 431, "too large", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, s.addr)
			go func() { _, _ = io.WriteString(c.Conn, row.in) }()
			method, _, _ := strings.Cut(row.in, " ")
			r := c.response(method)
			body, err := io.ReadAll(r.Body)
			if err != nil || r.StatusCode != row.status || !strings.Contains(string(body), row.says) {
				t.Fatalf("got %s %q (%v), want %d with %q", r.Status, body, err, row.status, row.says)
			}
			if a := r.Header.Get("Allow"); a != row.allow {
				t.Errorf("Allow is %q, want %q", a, row.allow)
			}
			if from := r.Header.Get("X-From"); from != "" && from != c.LocalAddr().String() {
				t.Errorf("RemoteAddr was %s, want %s", from, c.LocalAddr())
			}
		})
	}
}

// However a request is cut into segments, it arrives whole: the head is read by the loop, the rest by net/http.
func TestSocketHandOverCut(t *testing.T) {
	t.Parallel()
	s := serve(t, quickly(), web(echo()))
	in := "POST /cut HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nabcde"
	for cut := 1; cut < strings.Index(in, "\r\n\r\n"); cut += 7 {
		read := s.Stats().BytesIn
		c := connect(t, s.addr)
		c.bytes(in[:cut])
		eventually(t, "the first part is read", func() bool { return s.Stats().BytesIn == read+uint64(cut) })
		c.bytes(in[cut:])
		r := c.response("POST")
		if body, _ := io.ReadAll(r.Body); string(body) != told("POST /cut HTTP/1.1", []byte("abcde")) {
			t.Fatalf("cut at %d: %q", cut, body)
		}
		_ = c.Close()
	}
}

// Requests that come together are answered one after the other on one connection, as net/http does it.
func TestSocketPipelinedRequests(t *testing.T) {
	t.Parallel()
	s := serve(t, quickly(), web(echo()))
	c := connect(t, s.addr)
	var in strings.Builder
	for i := range 20 {
		fmt.Fprintf(&in, "PUT /%d HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n%s", i, i, strings.Repeat("x", i))
	}
	c.bytes(in.String())
	for i := range 20 {
		body, err := io.ReadAll(c.response("PUT").Body)
		if want := told(fmt.Sprintf("PUT /%d HTTP/1.1", i), bytes.Repeat([]byte("x"), i)); err != nil || string(body) != want {
			t.Fatalf("answer %d is %q (%v), want %q", i, body, err, want)
		}
	}
	if st := s.Stats(); st.HandedOver != 1 || st.HTTPConns != 1 || st.Conns != 0 {
		t.Errorf("handed over %d, with net/http %d, on loops %d; want 1, 1 and 0", st.HandedOver, st.HTTPConns, st.Conns)
	}
}

// Three megabytes in chunks, twice over one connection, with "Expect: 100-continue": the interim answer comes
// from net/http, and nothing is lost between it and the loop.
func TestSocketBigChunkedPut(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			cfg := quickly()
			if network == "unix" {
				cfg.Addrs = []string{"unix:" + filepath.Join(t.TempDir(), "w.sock")}
			}
			s := serve(t, cfg, web(echo()))
			tr := &http.Transport{
				ExpectContinueTimeout: patience, // so that it must come
				DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, s.addr.Network(), s.addr.String())
				},
			}
			defer tr.CloseIdleConnections()
			body := bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16)
			for range 2 {
				req, err := http.NewRequestWithContext(t.Context(), "PUT", "http://a.example/big", struct{ io.Reader }{bytes.NewReader(body)})
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Expect", "100-continue")
				r, err := tr.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(r.Body)
				_ = r.Body.Close()
				if err != nil || string(got) != told("PUT /big HTTP/1.1", body) {
					t.Fatalf("got %q (%v)", got, err)
				}
			}
			if n := s.Stats().HandedOver; n != 1 {
				t.Errorf("%d connections, want one that is kept alive", n)
			}
		})
	}
}

// A real client: curl, with keep-alive, an upload in chunks and a file as the answer.
func TestSocketCurl(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl here")
	}
	s := serve(t, quickly(), web(echo()))
	url := "http://" + s.addr.String()
	cmd := exec.CommandContext(t.Context(), curl, "-sS", "--fail", "--max-time", "30",
		"-T", "-", "-H", "Expect: 100-continue", url+"/up", "--next", "-sS", "--fail", url+"/again")
	body := bytes.Repeat([]byte("weir "), 3<<20/5)
	cmd.Stdin = bytes.NewReader(body)
	out, err := cmd.CombinedOutput()
	if want := told("PUT /up HTTP/1.1", body) + told("GET /again HTTP/1.1", nil); err != nil || string(out) != want {
		t.Fatalf("curl: %v\n%s\nwant\n%s", err, out, want)
	}
	if n := s.Stats().HandedOver; n != 1 {
		t.Errorf("curl needed %d connections, want 1", n)
	}
}

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

// net/http has its own cap, which leaves WebSockets alone.
func TestSocketHTTPMaxConns(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.HTTP.MaxConns = 2
	s := serve(t, cfg, web(echo()))
	get := "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	var kept []*rawClient
	for i, want := range []int{200, 200, 503} {
		c := connect(t, s.addr)
		c.bytes(get)
		r := c.response("GET")
		if _, _ = io.Copy(io.Discard, r.Body); r.StatusCode != want {
			t.Fatalf("connection %d got %s, want %d", i, r.Status, want)
		}
		if want == 503 && r.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		kept = append(kept, c)
	}
	if got, want := s.Stats().Reasons, (map[engine.Reason]uint64{engine.ReasonHTTPFull: 1}); !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	dialWS(t, s.addr)
	_ = kept[0].Close()
	eventually(t, "there is room again", func() bool { return s.Stats().HTTPConns == 1 })
	c := connect(t, s.addr)
	c.bytes(get)
	if r := c.response("GET"); r.StatusCode != 200 {
		t.Errorf("with room again: %s", r.Status)
	}
}

// The timeouts of Config.HTTP hold: for a connection between requests, and for one inside a head.
func TestSocketHTTPTimeouts(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.HTTP.IdleTimeout, cfg.HTTP.ReadHeaderTimeout = 200*time.Millisecond, 100*time.Millisecond
	s := serve(t, cfg, web(echo()))
	for _, more := range []string{"", "GET / HTTP/1.1\r\nHost: a\r\nX-Slow"} {
		c := connect(t, s.addr)
		c.bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		_, _ = io.Copy(io.Discard, c.response("GET").Body)
		c.bytes(more)
		c.expectEOF() // behind a 400 of net/http, if it was inside a head
	}
}

// A handler that panics ends its own connection, is counted, and nobody else notices.
func TestSocketHTTPPanic(t *testing.T) {
	t.Parallel()
	h := echo()
	h.HTTP = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		panic("boom")
	})
	log := newTestLog()
	cfg := quickly()
	cfg.Logger = log.logger()
	s := serve(t, cfg, h)
	other := dialWS(t, s.addr)
	for _, path := range []string{"/", "/abort"} {
		c := connect(t, s.addr)
		c.bytes("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
		c.expectEOF()
	}
	eventually(t, "both are counted out", func() bool { return engine.Admitted(s.Engine) == 1 })
	if n := s.Stats().Panics; n != 1 {
		t.Errorf("%d panics counted, want 1: ErrAbortHandler is none", n)
	}
	other.say(frame.OpText, "still here")
	other.expect(frame.OpText, "still here")
}

// A handler may hijack its connection for a protocol of its own; it is counted until that closes it.
func TestSocketHTTPHijack(t *testing.T) {
	t.Parallel()
	h := echo()
	h.HTTP = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		_, _ = io.Copy(c, rw.Reader)
	})
	s := serve(t, quickly(), h)
	c := connect(t, s.addr)
	c.bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\nping")
	buf := make([]byte, 4)
	if _, err := io.ReadFull(c.br, buf); err != nil || string(buf) != "ping" {
		t.Fatalf("%q %v", buf, err)
	}
	if n, st := engine.Admitted(s.Engine), s.Stats(); n != 1 || st.HTTPConns != 1 {
		t.Errorf("%d counted, %d with net/http; want 1 and 1", n, st.HTTPConns)
	}
	_ = c.Close()
	eventually(t, "it is counted out", func() bool { return engine.Admitted(s.Engine) == 0 })
}

// A file goes out through sendfile(2) and arrives whole.
func TestSocketHTTPFile(t *testing.T) {
	t.Parallel()
	h := echo()
	h.HTTP = http.FileServer(http.Dir("testdata"))
	s := serve(t, quickly(), h)
	c := connect(t, s.addr)
	c.bytes("GET /page.html HTTP/1.1\r\nHost: a\r\n\r\n")
	r := c.response("GET")
	if body, err := io.ReadAll(r.Body); err != nil || r.StatusCode != 200 || string(body) != "<!doctype html><title>weir</title>\n" {
		t.Errorf("%s %q (%v)", r.Status, body, err)
	}
}

// Shutdown lets a request under way finish, closes a connection that waits for its next one, and refuses none silently.
func TestSocketHTTPShutdown(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	h := echo()
	h.HTTP = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-goOn
		}
		_, _ = io.WriteString(w, "done")
	})
	s := serve(t, quickly(), h)
	idle := connect(t, s.addr)
	idle.bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	_, _ = io.Copy(io.Discard, idle.response("GET").Body)
	slow := connect(t, s.addr)
	slow.bytes("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
	wait(t, "the slow request", begun)
	stopped := make(chan struct{})
	go func() { defer close(stopped); s.stop() }()
	idle.expectEOF()
	select {
	case <-stopped:
		t.Fatal("the engine has ended with a request under way")
	default:
	}
	close(goOn)
	if body, err := io.ReadAll(slow.response("GET").Body); err != nil || string(body) != "done" {
		t.Errorf("the request under way got %q (%v)", body, err)
	}
	wait(t, "the end", stopped)
	if n := engine.Admitted(s.Engine); n != 0 {
		t.Errorf("%d still counted", n)
	}
}

// A request that takes longer than Shutdown has is cut off, and its handler finds out by its context.
func TestSocketHTTPShutdownCutsOff(t *testing.T) {
	t.Parallel()
	begun, told := make(chan struct{}), make(chan struct{})
	h := echo()
	h.HTTP = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(told)
	})
	s := serve(t, quickly(), h)
	c := connect(t, s.addr)
	c.bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	wait(t, "the request", begun)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1 connections") {
		t.Errorf("Shutdown returned %v", err)
	}
	if err := s.ended(); err != nil {
		t.Error(err)
	}
	wait(t, "the handler's context", told)
	if _, err := bufio.NewReader(c).ReadByte(); err == nil {
		t.Error("the connection is still there")
	}
}
