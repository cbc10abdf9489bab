//go:build unix

package engine_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
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
