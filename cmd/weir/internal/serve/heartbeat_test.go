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
)

// A server whose channels have heartbeats sends them by itself.
func TestHeartbeatsOfAServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.yaml")
	const text = "server: {listen: ['127.0.0.1:0'], drain-window: 'off'}\nchannels: {rules: ['quiet plain heartbeat=1s']}\npublish: {to: ['*'], open: true}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	pr, pw := io.Pipe()
	s := newServer(cfg, Console{Out: pw, Err: io.Discard})
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	done := make(chan error, 1)
	go func() { done <- s.serve(ctx); pw.Close() }()
	lines := bufio.NewScanner(pr)
	url := ""
	for url == "" && lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			url = at
		}
	}
	go func() { _, _ = io.Copy(io.Discard, pr) }()
	patient, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	c, _, err := websocket.Dial(patient, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Write(patient, websocket.MessageText, []byte(`{"type":"subscribe","channel":"quiet"}`)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`{"type":"subscribed","channel":"quiet",`, `{"type":"heartbeat","channel":"quiet","seq":0,"ts":`, `{"type":"heartbeat"`} {
		_, p, err := c.Read(patient)
		if err != nil || !strings.HasPrefix(string(p), want) {
			t.Fatalf("got %q, %v, want %s", p, err, want)
		}
	}
	_ = c.CloseNow()
	cancel(errors.New("SIGTERM"))
	if err := <-done; err != nil {
		t.Error(err)
	}
}
