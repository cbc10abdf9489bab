package cli_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/cmd/weir/internal/cli"
)

const recordingName = "data/binance_spot_btcusdt_20240808.gz"

// findRecording looks for shared/data beside the module and above it.
func findRecording(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		path := filepath.Join(dir, "shared", recordingName)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	const text = "the recording shared/" + recordingName + " is not beside the module or above it"
	if os.Getenv("CI") == "true" {
		t.Fatal(text)
	}
	t.Skip(text)
	return ""
}

// payloads reads a recording with nothing but the standard library, and makes what a subscriber must get of every
// channel.
func payloads(t *testing.T, path string) map[string][][]byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][][]byte{}
	for in := bufio.NewReader(gz); ; {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return all
		}
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		ts, text, _ := bytes.Cut(line, []byte(" "))
		var m struct {
			Stream string
			Data   json.RawMessage
		}
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		if m.Stream != "" {
			all[m.Stream] = append(all[m.Stream], fmt.Appendf(nil, `{"type":"message","channel":"%s","seq":%d,"ts":%s,"data":%s}`,
				m.Stream, len(all[m.Stream])+1, ts, m.Data))
		}
	}
}

// The promise as a whole: every subscriber gets the whole recording, each message once, in its channel's order, its
// data byte for byte, at the speed at which they read.
func TestReplayReachesEverybody(t *testing.T) {
	path := findRecording(t)
	want := payloads(t, path)
	total := 0
	for _, c := range want {
		total += len(c)
	}
	if total != 41_248 || len(want) != 3 {
		t.Fatalf("the recording has %d messages in %d channels", total, len(want))
	}
	n := 20
	if raceEnabled {
		n = 3 // the detector makes twenty clients cost a minute, and sees no more of the server
	}
	s := start(t, nil, "serve", "--listen", "127.0.0.1:0", "--replay", path, "--skip-snapshots", "--speed", "max", "--min-subscribers", fmt.Sprint(n))
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := subscribeAll(t.Context(), s.addr, want, total); err != nil {
				t.Errorf("subscriber %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return // the replay may never end
	}
	s.await(t, "replay ended: 41,248 messages in ")
	// Nothing more comes, so tail is left by time alone; it has as much of that as this machine needs to connect.
	for d := 20 * time.Millisecond; ; d *= 2 {
		code, _, errs := execute(t, nil, "tail", s.addr, "btcusdt@trade", "--for", d.String())
		if code == cli.ExitOK {
			break
		}
		if d > time.Minute {
			t.Fatalf("after the replay tail exits with %d: %s", code, errs)
		}
	}
	s.end(t, cli.ExitOK, errors.New("SIGTERM"))
}

// subscribeAll subscribes to everything in one request and checks what comes.
func subscribeAll(ctx context.Context, addr string, want map[string][][]byte, total int) error {
	c, _, err := websocket.Dial(ctx, "ws://"+addr+"/feed", nil)
	if err != nil {
		return err
	}
	defer c.CloseNow()
	c.SetReadLimit(1 << 20)
	var names []string
	for name := range want {
		names = append(names, `"`+name+`"`)
	}
	if err := c.Write(ctx, websocket.MessageText, []byte(`{"type":"subscribe","channels":[`+strings.Join(names, ",")+`]}`)); err != nil {
		return err
	}
	at := map[string]int{}
	answers := 0
	for have := 0; have < total; {
		_, p, err := c.Read(ctx)
		if err != nil {
			return fmt.Errorf("after %d of %d messages: %w", have, total, err)
		}
		if name, ok := channelOf(p); ok {
			k := at[name]
			if k == len(want[name]) || !bytes.Equal(p, want[name][k]) {
				return fmt.Errorf("message %d of %s is\n%.300s", k+1, name, p)
			}
			at[name]++
			have++
			continue
		}
		if !bytes.HasPrefix(p, []byte(`{"type":"subscribed"`)) || !bytes.Contains(p, []byte(`"seq":0`)) {
			return fmt.Errorf("the server says %.300s", p)
		}
		answers++
	}
	if answers != len(want) {
		return fmt.Errorf("%d answers to %d channels", answers, len(want))
	}
	// Once: what stands behind the last message must be the answer to this.
	if err := c.Write(ctx, websocket.MessageText, []byte(`{"type":"ping"}`)); err != nil {
		return err
	}
	if _, p, err := c.Read(ctx); err != nil || string(p) != `{"type":"pong"}` {
		return fmt.Errorf("after the last message came %.300s (%v)", p, err)
	}
	return c.Close(websocket.StatusNormalClosure, "")
}

func channelOf(p []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(p, []byte(`{"type":"message","channel":"`))
	name, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(name), ok
}

func recordingFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recording")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func truncate(t *testing.T, path string) {
	t.Helper()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
}

func newContext() (context.Context, context.CancelCauseFunc) {
	return context.WithCancelCause(context.Background())
}

// A loop plays on and on, and positions go on with it.
func TestReplayLoops(t *testing.T) {
	path := recordingFile(t, `1 {"stream":"a","data":"x"}`, `2 {"stream":"a","data":"y"}`)
	s := start(t, nil, "serve", "--listen", "127.0.0.1:0", "--replay", path, "--speed", "max", "--loop", "--min-subscribers", "1")
	code, out, errs := execute(t, nil, "tail", s.addr, "a", "--count", "5")
	if want := "a 1 1 \"x\"\na 2 2 \"y\"\na 3 1 \"x\"\na 4 2 \"y\"\na 5 1 \"x\"\n"; code != cli.ExitOK || out != want {
		t.Errorf("tail exited with %d, printed\n%s%s\nwant\n%s", code, out, errs, want)
	}
}

// Who has the channels by a pattern is a subscriber too, although there are none before the replay.
func TestReplayWaitsForPatterns(t *testing.T) {
	path := recordingFile(t, `1 {"stream":"a","data":"x"}`, `2 {"stream":"b","data":"y"}`)
	s := start(t, nil, "serve", "--listen", "127.0.0.1:0", "--replay", path, "--speed", "max", "--min-subscribers", "1")
	code, out, errs := execute(t, nil, "tail", s.addr, "*", "--count", "2", "--for", "1m")
	if want := "a 1 1 \"x\"\nb 1 2 \"y\"\n"; code != cli.ExitOK || out != want {
		t.Errorf("tail exited with %d, printed\n%s%s\nwant\n%s", code, out, errs, want)
	}
}
