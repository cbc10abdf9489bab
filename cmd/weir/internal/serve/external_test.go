package serve

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

// serveLines serves what is written to in; say returns the next line that it says with such a beginning.
func serveLines(t *testing.T, cfg *config.Config) (in *io.PipeWriter, say func(prefix string) string, logs *testkit.Log, stop func() error) {
	t.Helper()
	cfg.Server.Listen, cfg.Server.Admin, cfg.Server.DrainWindow = []string{"127.0.0.1:0"}, config.AdminOff, -1
	cfg.Source.Stdin = true
	r, in := io.Pipe()
	pr, pw := io.Pipe()
	logs = new(testkit.Log)
	s := newServer(cfg, Console{Out: pw, Err: logs, In: r})
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.serve(ctx); _ = pw.Close() }()
	lines := bufio.NewScanner(pr)
	say = func(prefix string) string {
		t.Helper()
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), prefix); ok {
				return rest
			}
		}
		t.Fatalf("it never says %q", prefix)
		return ""
	}
	stop = func() error {
		cancel(errors.New("SIGTERM"))
		_ = in.Close()
		go func() {
			for lines.Scan() {
			}
		}()
		return <-done
	}
	return in, say, logs, stop
}

// What is written to standard input reaches subscribers; a bad line is told and marks what follows; the end of the lines is not that of the server.
func TestStdin(t *testing.T) {
	cfg := config.Default()
	in, say, logs, stop := serveLines(t, cfg)
	url := say("listening on ")
	if what := say("  source   "); what != "lines of standard input" {
		t.Errorf("the source is %q", what)
	}
	c, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	ask := func(text, want string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if text != "" {
			if err := c.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if _, p, err := c.Read(ctx); err != nil || !strings.Contains(string(p), want) {
			t.Fatalf("it says %s %v, want %s", p, err, want)
		}
	}
	write := func(text string) {
		t.Helper()
		if _, err := io.WriteString(in, text+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	// Who is there before the first message waits for it, in both protocols.
	streams, _, err := websocket.Dial(t.Context(), strings.Replace(url, "/feed", "/stream?streams=news", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer streams.CloseNow()
	if err := streams.Write(t.Context(), websocket.MessageText, []byte(`{"method":"LIST_SUBSCRIPTIONS","id":1}`)); err != nil {
		t.Fatal(err)
	}
	if _, p, err := streams.Read(t.Context()); err != nil || string(p) != `{"result":["news"],"id":1}` {
		t.Errorf("the streams are %s %v", p, err)
	}
	ask(`{"type":"subscribe","channel":"news"}`, `{"type":"subscribed","channel":"news",`)
	ask(`{"type":"subscribe","channel":"n*"}`, `"pattern":"n*"`)
	write(`{"channel":"newer","data":0}`)
	ask("", `{"type":"subscribed","channel":"newer",`)
	ask("", `{"type":"message","channel":"newer","seq":1,`)
	write(`{"channel":"news","data":{"a": 1},"ts":5,"key":"k"}`)
	ask("", `{"type":"message","channel":"news","seq":1,"ts":5,"key":"k","data":{"a": 1}}`)
	if _, p, err := streams.Read(t.Context()); err != nil || string(p) != `{"stream":"news","data":{"a": 1}}` {
		t.Errorf("the stream has %s %v", p, err)
	}
	write("what?")
	write(`{"channel":"news","data":2,"ts":6}`)
	ask("", `{"type":"message","channel":"news","seq":2,"ts":6,"gap":true,"data":2}`)
	if !strings.Contains(logs.String(), "a bad line is passed over") || !strings.Contains(logs.String(), "line=3") {
		t.Errorf("it logs %s", logs.String())
	}
	_ = in.Close()
	if got := say("standard input ended: "); got != "3 messages, 1 bad line passed over; still serving, stop with Ctrl-C" {
		t.Errorf("it says %q", got)
	}
	ask(`{"type":"ping"}`, `{"type":"pong"}`)
	_ = c.CloseNow()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// With --stdin-strict the first bad line is the end, and says which it was.
func TestStdinStrict(t *testing.T) {
	cfg := config.Default()
	cfg.Source.StdinStrict = true
	in, say, _, stop := serveLines(t, cfg)
	say("listening on ")
	_, _ = io.WriteString(in, "{\"channel\":\"a\",\"data\":1}\nwhat?\n")
	say("the source failed")
	if err := stop(); err == nil || !strings.Contains(err.Error(), "stdin:2: malformed line") {
		t.Errorf("it ends with %v", err)
	}
}

// An upstream is shown the token of its file, which is read for each connection.
func TestUpstreamToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	file := filepath.Join(t.TempDir(), "weir.yaml")
	if err := errors.Join(os.WriteFile(path, []byte(" secret\n"), 0o600),
		os.WriteFile(file, []byte("source:\n  upstream: [{url: \"ws://127.0.0.1:1/feed\", channels: [news, \"a*\"], token-file: "+path+"}]\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(cfg, Console{Out: io.Discard, Err: t.Output()})
	d, err := s.openExternalData(cfg.Source)
	if err != nil || d.what != "ws://127.0.0.1:1/feed" || len(d.channels) != 1 || d.channels[0] != "news" || !d.anything {
		t.Errorf("%+v, %v", d, err)
	}
}

// Where a source tells what it will bring, other channels are refused.
func TestAnything(t *testing.T) {
	for text, want := range map[string]bool{
		"ws://a/feed":                            true,
		"ws://a/feed channels=news":              false,
		"ws://a/feed channels=news channels=*@t": true,
		"ws://a/s raw channel={stream}":          true,
	} {
		file := filepath.Join(t.TempDir(), "weir.yaml")
		if err := os.WriteFile(file, []byte("source: {upstream: ['"+text+"']}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(file, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := anything(cfg.Source); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
