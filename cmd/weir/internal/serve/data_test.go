package serve

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed/source"
	"github.com/weir-ws/weir/hub/hubtest"
)

func recording(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recording")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadThrough(t *testing.T) {
	book, err := readThrough(t.Context(), recording(t,
		`1000000000 {"stream":"b@trade","data":{}}`,
		`2000000000 {"lastUpdateId":1}`, // a snapshot, not a message
		`3000000000 {"stream":"a@trade","data":{}}`,
		`4500000000 {"stream":"b@trade","data":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(book.channels, []string{"a@trade", "b@trade"}) || book.messages != 3 || book.span != 3500*time.Millisecond {
		t.Errorf("catalogue is %+v", book)
	}
}

// What would stop a replay in its middle is found before it begins.
func TestReadThroughFindsFaults(t *testing.T) {
	_, err := readThrough(t.Context(), recording(t, `1 {"stream":"a b","data":1}`))
	if !errors.Is(err, hub.ErrChannelName) || !strings.Contains(err.Error(), `:1: `) {
		t.Errorf("a channel name that cannot be: %v", err)
	}
	_, err = readThrough(t.Context(), recording(t, `1 {"stream":"a","data":1}`, `2 {"stream":"a","data":}`))
	if !errors.Is(err, source.ErrMalformed) || !strings.Contains(err.Error(), `:2:`) {
		t.Errorf("a malformed line: %v", err)
	}
	_, err = readThrough(t.Context(), "/nowhere")
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestOpenData(t *testing.T) {
	c := config.Default().Source
	d, err := openData(t.Context(), c, nil)
	if err != nil || len(d.channels) != 15 || d.replay != nil ||
		d.what != "synthetic market: 5 symbols, 15 channels, 10 trades/s each (seed 1)" {
		t.Errorf("market: %+v, %v", d, err)
	}
	c.Replay, c.Loop, c.MinSubscribers = recording(t, `1 {"stream":"a","data":1}`), true, 3
	d, err = openData(t.Context(), c, nil)
	if err != nil || d.wait != 3 || !slices.Equal(d.channels, []string{"a"}) ||
		d.what != "replay of "+c.Replay+": 1 message in 1 channel, 0s of recorded time, at 1x speed, in a loop" {
		t.Errorf("replay: %+v, %v", d, err)
	}
}

// The sink waits for a loop that is behind instead of losing the message.
func TestPublishWaitsForABacklog(t *testing.T) {
	h, err := hub.New(hub.Config{MaxBacklog: 1})
	if err != nil {
		t.Fatal(err)
	}
	loop := hubtest.Start(0)
	defer loop.Stop()
	m := &hubtest.Recorder{}
	loop.Do(func() { err = h.Join(loop, m, "a", hub.JoinOptions{}) })
	if err != nil {
		t.Fatal(err)
	}
	blocked := make(chan struct{})
	loop.Post(func() { <-blocked })
	sink := publish(h)
	if err := sink.Publish(t.Context(), source.Event{Channel: "a", Data: []byte("0")}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Publish(t.Context(), "a", hub.Payload{}); !errors.Is(err, hub.ErrBacklog) {
		t.Fatalf("the backlog is not full: %v", err)
	}
	published := make(chan error)
	go func() {
		for _, s := range []string{"1", "2", "3"} {
			if err := sink.Publish(context.Background(), source.Event{Channel: "a", Data: []byte(s)}); err != nil {
				published <- err
			}
		}
		close(published)
	}()
	close(blocked)
	if err := <-published; err != nil {
		t.Fatal(err)
	}
	if err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	loop.Do(func() {
		if got := strings.Join(m.Data(), ""); got != "0123" {
			t.Errorf("delivered %q", got)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sink.Publish(ctx, source.Event{Channel: "a", Data: nil}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
