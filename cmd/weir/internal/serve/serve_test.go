package serve

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

func TestMain(m *testing.M) { testkit.VerifyNoLeaks(m) }

// On a terminal one sees who is waited for and how far the replay is; when it has ended the line is gone.
func TestProgressOnATerminal(t *testing.T) {
	cfg := config.Default()
	cfg.Server.Listen, cfg.Server.DrainWindow = []string{"127.0.0.1:0"}, -1
	cfg.Source.Replay, cfg.Source.Speed, cfg.Source.MinSubscribers = recording(t,
		`1000000000 {"stream":"a","data":1}`, `1200000000 {"stream":"a","data":2}`), 1, 1
	pr, pw := io.Pipe()
	var errs testkit.Log
	s := newServer(cfg, Console{Out: pw, Err: &errs})
	s.watched = true
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	done := make(chan error, 1)
	go func() { done <- s.serve(ctx); pw.Close() }()
	lines := bufio.NewScanner(pr)
	lines.Scan()
	url, ok := strings.CutPrefix(lines.Text(), "listening on ")
	if !ok {
		t.Fatalf("the first line is %q", lines.Text())
	}
	c, _, err := websocket.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	for !strings.Contains(errs.String(), "replay waits for subscribers: 0 of 1 on every channel") {
		time.Sleep(time.Millisecond)
	}
	if err := c.Write(ctx, websocket.MessageText, []byte(`{"type":"subscribe","channel":"a"}`)); err != nil {
		t.Fatal(err)
	}
	ended := false
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "replay ended: 2 messages in ") {
			ended = true
			break
		}
	}
	cancel(errors.New("SIGTERM"))
	go func() { // answers the close frame
		for {
			if _, _, err := c.Read(context.Background()); err != nil {
				return
			}
		}
	}()
	for lines.Scan() {
	}
	if err := <-done; err != nil || !ended {
		t.Errorf("ended with %v; the replay's end was told: %v", err, ended)
	}
	text := errs.String()
	for _, want := range []string{"\r\x1b[Kreplay  ", "%  ", " of 2 messages  0s of 0s  ", "  1 connection"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	if !strings.HasSuffix(text, "\r\x1b[K") {
		t.Errorf("the line still stands there: %q", text)
	}
}

func TestReason(t *testing.T) {
	live := t.Context()
	stopped, cancel := context.WithCancel(live)
	cancel()
	named, cancelCause := context.WithCancelCause(live)
	cancelCause(errors.New("SIGTERM"))
	for ctx, want := range map[context.Context]string{live: "stopping", stopped: "stopping", named: "SIGTERM"} {
		if got := reason(ctx); got != want {
			t.Errorf("reason is %q, want %q", got, want)
		}
	}
}

// A banner that cannot be written is no reason to hold a port.
func TestNobodyReadsTheBanner(t *testing.T) {
	cfg := config.Default()
	cfg.Server.Listen = []string{"127.0.0.1:0"}
	err := Run(t.Context(), cfg, Console{Out: brokenPipe{}, Err: io.Discard})
	if err == nil || err.Error() != "broken pipe" {
		t.Errorf("error %v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, fmt.Errorf("broken pipe") }
