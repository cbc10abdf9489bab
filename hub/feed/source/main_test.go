package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub/feed/source"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeClock passes when it is slept on, and only then.
type fakeClock struct {
	mu     sync.Mutex
	now    time.Time
	sleeps []time.Duration
	late   time.Duration // every sleep takes that much longer
	onWake func(now time.Time)
}

var epoch = time.Date(2024, 8, 8, 12, 0, 0, 0, time.UTC)

func newFakeClock() *fakeClock { return &fakeClock{now: epoch} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.advance(d + c.late)
	c.sleeps = append(c.sleeps, d)
	if c.onWake != nil {
		c.onWake(c.Now())
	}
	return nil
}

// message is what a sink got.
type message struct {
	channel, data string
	ts            int64
	at            time.Duration // by the clock, from the epoch

	snapshot, gap bool
}

// collector is a sink that keeps everything, and stops the source after limit messages if that is not 0.
type collector struct {
	clock    *fakeClock // nil: at stays 0
	limit    int
	stop     context.CancelFunc
	messages []message
}

func (c *collector) Publish(_ context.Context, e source.Event) error {
	m := message{channel: e.Channel, data: string(e.Data), ts: e.TS, snapshot: e.Snapshot, gap: e.Gap}
	if c.clock != nil {
		m.at = c.clock.Now().Sub(epoch)
	}
	c.messages = append(c.messages, m)
	if len(c.messages) == c.limit {
		c.stop()
	}
	return nil
}

func (c *collector) data() []string {
	all := make([]string, len(c.messages))
	for i, m := range c.messages {
		all[i] = m.data
	}
	return all
}

// write makes a file of a test's own and returns its path.
func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func zip(t testing.TB, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// recordingPath finds the recorded market data beside the project, in whatever depth the project lies. It is no
// part of the project: without it a test is skipped, but not where CI promises that it is there.
func recordingPath(t testing.TB) string {
	t.Helper()
	const name = "shared/data/binance_spot_btcusdt_20240808.gz"
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path
		} else if !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("no %s in any folder above: CI=true promises the recording", name)
	}
	t.Skipf("no %s in any folder above: put the recording there to run this", name)
	return ""
}
