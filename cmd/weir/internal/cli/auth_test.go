package cli_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/cmd/weir/internal/cli"
)

const (
	writer = "writer-0123456789abcdef"
	reader = "reader-0123456789abcdef"
	late   = "latecomer-0123456789abcdef"
)

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// guardedServer is `weir serve` with two tokens, and news/* to publish to.
func guardedServer(t *testing.T) (s *running, tokens string) {
	t.Helper()
	tokens = file(t, "tokens", "backend "+writer+" subscribe=* publish=news/*,other\nviewer "+reader+" subscribe=news/*\n")
	return start(t, nil, "serve", "--listen", "127.0.0.1:0", "--drain-window", "off", "--auth-tokens", tokens, "--publish-to", "news/*",
		"--publish-max-data", "100", "--publish-max-body", "10KiB", "--log-level", "debug"), tokens
}

func (s *running) request(t *testing.T, method, path, token, kind, body string) (status int, answer string, h http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := web.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, epochs.ReplaceAllString(string(b), `"epoch":"E"`), resp.Header
}

var (
	web    = &http.Client{Transport: &http.Transport{}}
	epochs = regexp.MustCompile(`"epoch":"[^"]+"`)
)

func (s *running) dial(t *testing.T, token string) *websocket.Conn {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), "ws://"+s.addr+"/feed", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

func say(t *testing.T, c *websocket.Conn, msg string) {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageText, []byte(msg)); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, c *websocket.Conn) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, p, err := c.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return epochs.ReplaceAllString(string(p), `"epoch":"E"`)
}

// The whole of it: who is let in, and what each may do, over WebSocket and over HTTP on the same port.
func TestServeWithAuth(t *testing.T) {
	defer web.CloseIdleConnections()
	s, _ := guardedServer(t)

	code, _, errs := execute(t, nil, "tail", s.addr, "news/a")
	if code != cli.ExitFailed || !strings.Contains(errs, "refused with 401 Unauthorized: a token is needed: Authorization: Bearer TOKEN, or the subprotocols weir.v1 and weir.token.TOKEN") {
		t.Errorf("tail without a token exited with %d: %s", code, errs)
	}
	code, _, errs = execute(t, []string{"WEIR_TOKEN=" + reader + "x"}, "tail", s.addr, "news/a")
	if code != cli.ExitFailed || !strings.Contains(errs, "401 Unauthorized: the token is refused: it is not known") {
		t.Errorf("tail with another token exited with %d: %s", code, errs)
	}
	code, _, errs = execute(t, nil, "tail", s.addr, "btcusdt@trade", "--token", reader)
	if code != cli.ExitChannels || !strings.Contains(errs, "forbidden") {
		t.Errorf("tail of what the token does not allow exited with %d: %s", code, errs)
	}
	code, out, errs := execute(t, nil, "tail", s.addr, "btcusdt@bookTicker", "--count", "1", "--token-file", file(t, "token", writer+"\n"))
	if code != cli.ExitOK || !strings.HasPrefix(out, "btcusdt@bookTicker ") {
		t.Errorf("tail of what it allows exited with %d: %s", code, errs)
	}

	c := s.dial(t, reader)
	say(t, c, `{"type":"subscribe","channels":["news/a","news/b"]}`)
	hear(t, c)
	hear(t, c)
	say(t, c, `{"type":"publish","channel":"news/a","data":1}`)
	if got := hear(t, c); got != `{"type":"error","code":"forbidden","message":"you may not publish to this channel","channel":"news/a"}` {
		t.Errorf("the reader publishes: %s", got)
	}
	for _, row := range []struct {
		method, path, token, kind, body string
		status                          int
		want                            string
	}{
		{"POST", "/publish", writer, "application/json", `{"channel":"news/a","data": {"n": 1.0} ,"ts":7}`, 200, `{"type":"published","channel":"news/a","epoch":"E","seq":1}`},
		{"POST", "/publish", "", "application/json", `{"channel":"news/a","data":1}`, 401, `{"type":"error","code":"unauthorized","message":"a token is needed: Authorization: Bearer TOKEN"}`},
		{"POST", "/publish", reader, "application/json", `{"channel":"news/a","data":1}`, 403, `{"type":"error","code":"not_permitted","message":"the token does not allow to publish"}`},
		{"POST", "/publish", writer, "application/json", `{"channel":"other","data":1}`, 403, `{"type":"error","code":"forbidden","message":"you may not publish to this channel","channel":"other"}`},
		{"POST", "/publish", writer, "application/json", `{"channel":"news/a","data":"` + strings.Repeat("x", 99) + `"}`, 413, `{"type":"error","code":"too_big","message":"data has at most 100 bytes; this has 101","channel":"news/a"}`},
		{"POST", "/publish", writer, "application/json", strings.Repeat(" ", 10<<10+1), 413, `{"type":"error","code":"too_big","message":"a body has at most 10240 bytes; this one has 10241"}`},
		{"POST", "/publish", writer, "application/x-ndjson", `{"channel":"news/b","data":1,"ts":7}` + "\n" + `{"channel":"news"}` + "\n" + `{"channel":"news/b","data":2,"ts":7,"id":"z"}`, 200,
			`{"type":"published","channel":"news/b","epoch":"E","seq":1}` + "\n" + `{"type":"error","code":"bad_request","message":"data is missing"}` + "\n" +
				`{"type":"published","channel":"news/b","epoch":"E","seq":2,"id":"z"}`},
		{"GET", "/publish", writer, "", "", 405, `{"type":"error","code":"bad_request","message":"to publish is a POST request"}`},
		{"GET", "/", "", "", "", 200, "Weir serves a WebSocket feed at /feed"},
		{"DELETE", "/", "", "", "", 405, "there is only something to read here"},
		{"GET", "/feed", "", "", "", 426, "this is a WebSocket feed: connect to it as one"},
		{"GET", "/nope", "", "", "", 404, "there is nothing at this path; the feed is at /feed"},
	} {
		status, got, h := s.request(t, row.method, row.path, row.token, row.kind, row.body)
		if status != row.status || got != row.want+"\n" {
			t.Errorf("%s %s %.60q: answered %d %s", row.method, row.path, row.body, status, got)
		}
		if status == 401 && h.Get("WWW-Authenticate") != `Bearer realm="weir"` || status == 403 && row.token == reader && !strings.Contains(h.Get("WWW-Authenticate"), `error="insufficient_scope"`) {
			t.Errorf("%s %s: WWW-Authenticate: %s", row.method, row.path, h.Get("WWW-Authenticate"))
		}
	}
	for i, want := range []string{
		`{"type":"message","channel":"news/a","seq":1,"ts":7,"data":{"n": 1.0}}`,
		`{"type":"message","channel":"news/b","seq":1,"ts":7,"data":1}`,
		`{"type":"message","channel":"news/b","seq":2,"ts":7,"data":2}`,
	} {
		if got := hear(t, c); got != want {
			t.Errorf("message %d is %s, want %s", i, got, want)
		}
	}
	_ = c.CloseNow()
	out, errs = s.end(t, cli.ExitOK, errors.New("SIGTERM"))
	if !strings.Contains(out, "  auth     tokens of ") || !strings.Contains(out, "  publish  to news/*\n") {
		t.Errorf("it said\n%s", out)
	}
	for _, token := range []string{writer, reader} {
		if strings.Contains(out+errs, token) {
			t.Errorf("it said a token:\n%s%s", out, errs)
		}
	}
}

// Two publishers: everybody sees one order, and each publisher's own in it.
func TestTwoPublishers(t *testing.T) {
	s, _ := guardedServer(t)
	r := s.dial(t, reader)
	say(t, r, `{"type":"subscribe","channel":"news/x"}`)
	hear(t, r)
	const each = 300
	done := make(chan error, 2)
	for _, name := range []string{"a", "b"} {
		c := s.dial(t, writer)
		go func() {
			last := -1
			for i := range each {
				msg := fmt.Sprintf(`{"type":"publish","channel":"news/x","data":["%s",%d]}`, name, i)
				if err := c.Write(t.Context(), websocket.MessageText, []byte(msg)); err != nil {
					done <- err
					return
				}
				if i%10 != 9 {
					continue
				}
				for range 10 { // some under way at a time
					var seq int
					_, p, err := c.Read(t.Context())
					if err == nil {
						_, err = fmt.Sscanf(epochs.ReplaceAllString(string(p), ""), `{"type":"published","channel":"news/x",,"seq":%d}`, &seq)
					}
					if err != nil || seq <= last {
						done <- fmt.Errorf("%s after %d: %v", p, last, err)
						return
					}
					last = seq
				}
			}
			done <- nil
		}()
	}
	next := map[string]int{}
	for seq := 1; seq <= 2*each; seq++ {
		var got, n int
		var ts int64
		var name string
		msg := hear(t, r)
		if _, err := fmt.Sscanf(strings.NewReplacer("[", " ", "]", " ", `"a"`, "a ", `"b"`, "b ").Replace(msg),
			`{"type":"message","channel":"news/x","seq":%d,"ts":%d,"data": %s ,%d }`, &got, &ts, &name, &n); err != nil {
			t.Fatalf("%v: %s", err, msg)
		}
		if got != seq || n != next[name] {
			t.Fatalf("message %d is %s; %s is at %d", seq, msg, name, next[name])
		}
		next[name]++
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// A token that is put into the file while the server runs lets in, without a restart.
func TestTokensAreReadAgain(t *testing.T) {
	defer web.CloseIdleConnections()
	s, tokens := guardedServer(t)
	publish := func(token string) int {
		status, _, _ := s.request(t, "POST", "/publish", token, "application/json", `{"channel":"news/a","data":1}`)
		return status
	}
	if got := publish(late); got != 401 {
		t.Fatalf("an unknown token is answered with %d", got)
	}
	if err := os.WriteFile(tokens, []byte("late "+late+" publish=*\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for publish(late) != 200 { // the test's own deadline ends it
		time.Sleep(50 * time.Millisecond)
	}
	if got := publish(writer); got != 401 {
		t.Errorf("a token that was taken out is answered with %d", got)
	}
	_, errs := s.end(t, cli.ExitOK, errors.New("SIGTERM"))
	if !strings.Contains(errs, "was read again") {
		t.Errorf("it logged %s", errs)
	}
}

// Without auth nobody may publish, or everybody if that was said.
func TestPublishWithoutAuth(t *testing.T) {
	defer web.CloseIdleConnections()
	for _, row := range []struct {
		args         []string
		status       int
		answer, said string
	}{
		{nil, 403, `{"type":"error","code":"not_permitted","message":"nothing may be published to this server"}`, "synthetic market"},
		{[]string{"--publish-to", "news", "--publish-open", "--symbols", "0"}, 200, `{"type":"published","channel":"news","epoch":"E","seq":1}`,
			"  publish  to news, by anybody\n  try      weir tail "},
	} {
		s := start(t, nil, append([]string{"serve", "--listen", "127.0.0.1:0", "--drain-window", "off"}, row.args...)...)
		status, got, _ := s.request(t, "POST", "/publish", "", "application/json", `{"channel":"news","data":1}`)
		if status != row.status || got != row.answer+"\n" {
			t.Errorf("%v: answered %d %s", row.args, status, got)
		}
		if out, _ := s.end(t, cli.ExitOK, errors.New("SIGTERM")); !strings.Contains(out, row.said) {
			t.Errorf("%v: it said\n%s", row.args, out)
		}
	}
}
