package clients

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

const curlToken = "b3f0c7c2d6f94f0f8f1f5c1c9a2d7e64"

// TestCurl asks the port of the feed over HTTP, by itself and through nginx with TLS, and publishes to a subscriber.
func TestCurl(t *testing.T) {
	need(t, "curl", inPath("curl"))
	tokens := filepath.Join(t.TempDir(), "tokens.txt")
	if err := os.WriteFile(tokens, []byte("backend "+curlToken+" subscribe=* publish=news\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// The subscriber reads only between curls, so there is room for a whole batch.
	u := startUpstream(t, build(t), "127.0.0.1:0", 1001, "--auth-tokens", tokens, "--publish-to", "news,other", "--high-watermark", "4MiB", "--hard-limit", "16MiB")
	t.Run("direct", func(t *testing.T) {
		askWithCurl(t, curl{base: "http://" + u.host}, subscribeNews(t, "ws://"+u.host+"/feed", nil))
	})
	t.Run("nginx", func(t *testing.T) {
		need(t, "openssl", inPath("openssl"))
		need(t, "nginx", nginxPath() != "")
		n := startNginx(t, u.host, u.host)
		host := net.JoinHostPort(site, n.port)
		ip, _, _ := net.SplitHostPort(n.host)
		askWithCurl(t, curl{base: "https://" + host, args: []string{"--cacert", n.ca, "--resolve", host + ":" + ip}},
			subscribeNews(t, "wss://"+host+"/feed", n.client(t, netip.MustParseAddr("127.0.0.1"))))
		n.check(t)
	})
}

// askWithCurl goes through all there is to ask. next returns the data of the next message of "news".
func askWithCurl(t *testing.T, c curl, next func() string) {
	token := []string{"-H", "Authorization: Bearer " + curlToken}
	one := []string{"--json", `{"channel":"news","data":{"headline":"Tulips fall"},"id":"a"}`}
	for _, r := range []struct {
		name, path string
		args       []string
		status     int
		header     string // "Name: value" that must be in the answer; "": none
		body       string // a part of it
	}{
		{"the front page", "/", nil, 200, "Content-Type: text/plain; charset=utf-8", "/feed"},
		{"nothing there", "/nothing", nil, 404, "", "/feed"},
		{"not to be changed", "/", []string{"-X", "DELETE"}, 405, "Allow: GET, HEAD", ""},
		{"the feed without WebSocket", "/feed", nil, 426, "Upgrade: websocket", "WebSocket"},
		{"the feed, posted to", "/feed", []string{"--data", "x"}, 405, "Allow: GET", "GET"},
		{"publishing by GET", "/publish", token, 405, "Allow: POST", `"bad_request"`},
		{"publishing without a token", "/publish", one, 401, `WWW-Authenticate: Bearer realm="weir"`, `"unauthorized"`},
		{"publishing a form", "/publish", append([]string{"--data", "a=b"}, token...), 415, "Accept-Post: application/json, application/x-ndjson", `"bad_request"`},
		{"publishing where it is not allowed", "/publish", append([]string{"--json", `{"channel":"other","data":1}`}, token...), 403, "", `"forbidden"`},
		{"publishing", "/publish", append(one, token...), 200, "Content-Type: application/json", `"id":"a"`},
	} {
		a := c.ask(t, http.MethodGet, c.base+r.path, r.args...)[0]
		name, value, _ := strings.Cut(r.header, ": ")
		if a.StatusCode != r.status || a.Header.Get(name) != value || !strings.Contains(a.body, r.body) {
			t.Errorf("%s: %s, %v\n%s", r.name, a.Status, a.Header, a.body)
		}
	}
	if got := next(); got != `{"headline":"Tulips fall"}` {
		t.Errorf("published is %s", got)
	}

	a := c.ask(t, http.MethodHead, c.base+"/", "--head")[0]
	if a.StatusCode != 200 || a.ContentLength <= 0 || a.body != "" {
		t.Errorf("HEAD: %s, length %d, body %q", a.Status, a.ContentLength, a.body)
	}

	// 1.5 MB, once after 100 (Continue) and once in chunks.
	line := `{"channel":"news","data":"` + strings.Repeat("x", 50_000) + `"}` + "\n"
	batch := filepath.Join(t.TempDir(), "batch")
	if err := os.WriteFile(batch, []byte(strings.Repeat(line, 30)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"Expect: 100-continue", "Transfer-Encoding: chunked"} {
		args := append([]string{"-H", "Content-Type: application/x-ndjson", "-H", header, "--data-binary", "@" + batch}, token...)
		a := c.ask(t, http.MethodPost, c.base+"/publish", args...)[0]
		if n := strings.Count(a.body, `{"type":"published"`); a.StatusCode != 200 || n != 30 {
			t.Errorf("a batch with %s: %s, %d published\n%.500s", header, a.Status, n, a.body)
		}
		for range 30 {
			if got := next(); len(got) != 50_002 {
				t.Errorf("a message of the batch has %d bytes", len(got))
			}
		}
	}

	// One connection for all that one curl asks.
	as := c.ask(t, http.MethodGet, c.base+"/", c.base+"/nothing", c.base+"/", "-w", "%{stderr}%{num_connects} ")
	if len(as) != 3 || as[0].StatusCode != 200 || as[1].StatusCode != 404 || as[2].StatusCode != 200 || as[0].said != "1 0 0 " {
		t.Errorf("kept alive: %d answers, new connections for each %q", len(as), as[0].said)
	}
}

// curl asks one server.
type curl struct {
	base string // "http://host:port"
	args []string
}

type answer struct {
	*http.Response
	body string
	said string // what curl said on standard error
}

// ask returns the answers to one curl's requests, those that are not final left out.
func (c curl) ask(t *testing.T, method, url string, args ...string) (as []answer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "curl", append(append([]string{"-sS", "-i", "--raw", url}, c.args...), args...)...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("curl %s %q: %v\n%s", url, args, err, errs.String())
	}
	for in := bufio.NewReader(strings.NewReader(out.String())); ; {
		if _, err := in.Peek(1); err == io.EOF {
			break
		}
		r, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("curl %s %q: %v\n%s", url, args, err, out.String())
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatalf("curl %s %q: %v\n%s", url, args, err, out.String())
		}
		if r.StatusCode >= 200 {
			as = append(as, answer{r, string(body), errs.String()})
		}
	}
	if len(as) == 0 {
		t.Fatalf("curl %s %q: no answer\n%s", url, args, out.String())
	}
	return as
}

// subscribeNews returns a func that waits for the next message of "news" and returns its data.
func subscribeNews(t *testing.T, url string, client *http.Client) func() string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: client, HTTPHeader: http.Header{"Authorization": {"Bearer " + curlToken}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	ws.SetReadLimit(-1)
	if err := wsjson.Write(ctx, ws, map[string]any{"type": "subscribe", "channel": "news"}); err != nil {
		t.Fatal(err)
	}
	read := func(kind string) string {
		t.Helper()
		var m struct {
			Type string
			Data json.RawMessage
		}
		if err := wsjson.Read(ctx, ws, &m); err != nil || m.Type != kind {
			t.Fatalf("%q instead of %q: %v", m.Type, kind, err)
		}
		return string(m.Data)
	}
	read("subscribed")
	return func() string { t.Helper(); return read("message") }
}
