package sampled

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"
)

// log is a logger whose lines and clock a test has in hand.
type log struct {
	*slog.Logger
	h   *Handler
	b   bytes.Buffer
	now time.Time
}

func newLog(limit int) *log {
	l := &log{now: time.Unix(1000, 0)}
	l.h = New(slog.NewTextHandler(&l.b, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}), limit, func() time.Time { return l.now })
	l.Logger = slog.New(l.h)
	return l
}

// lines returns what was written since the last call.
func (l *log) lines() []string {
	defer l.b.Reset()
	return strings.Split(strings.TrimSuffix(l.b.String(), "\n"), "\n")
}

func (l *log) want(t *testing.T, what string, want ...string) {
	t.Helper()
	if got := l.lines(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLinesOverTheLimitAreCounted(t *testing.T) {
	l := newLog(2)
	for i := range 5 {
		l.Info("a", "i", i)
	}
	l.Info("b") // another message has a limit of its own
	l.Warn("a") // and so has another level
	l.want(t, "the first second", `level=INFO msg=a i=0`, `level=INFO msg=a i=1`, `level=INFO msg=b`, `level=WARN msg=a`)
	l.now = l.now.Add(999 * time.Millisecond)
	l.Info("a", "i", 5)
	l.want(t, "its end", "")
	l.now = l.now.Add(time.Millisecond)
	l.Info("a", "i", 6)
	l.want(t, "the next second", `level=INFO msg="log lines suppressed" lines=4 of=a`, `level=INFO msg=a i=6`)
	l.now = l.now.Add(time.Minute)
	l.Info("a", "i", 7)
	l.want(t, "nothing was suppressed meanwhile", `level=INFO msg=a i=7`)
}

// A burst that is the last of its kind is told of too.
func TestFlush(t *testing.T) {
	l := newLog(1)
	for range 3 {
		l.Error("z")
		l.Error("y")
	}
	l.lines()
	l.h.Flush(false)
	l.want(t, "within the second", "")
	l.now = l.now.Add(time.Second)
	l.h.Flush(false)
	l.want(t, "after it", `level=ERROR msg="log lines suppressed" lines=2 of=y`, `level=ERROR msg="log lines suppressed" lines=2 of=z`)
	l.h.Flush(false)
	l.want(t, "once", "")
	l.Error("z")
	l.Error("z")
	l.lines()
	l.h.Flush(true)
	l.want(t, "at the end", `level=ERROR msg="log lines suppressed" lines=1 of=z`)
	if n := len(l.h.counts.keys); n != 0 {
		t.Errorf("%d messages are remembered", n)
	}
}

// What With adds does not make a message another one, and stands in its lines only.
func TestWithSharesTheCount(t *testing.T) {
	l := newLog(1)
	l.With("peer", "p").Info("a", "i", 0)
	l.WithGroup("g").Info("a", "i", 1)
	l.Info("a", "i", 2)
	l.now = l.now.Add(time.Second)
	l.With("peer", "p").Info("a", "i", 3)
	l.want(t, "lines", `level=INFO msg=a peer=p i=0`, `level=INFO msg="log lines suppressed" lines=2 of=a`, `level=INFO msg=a peer=p i=3`)
}

func TestMessagesAreBounded(t *testing.T) {
	l := newLog(1)
	for i := range 3 * maxKeys {
		l.Info(fmt.Sprint("message ", i))
	}
	if n := len(l.h.counts.keys); n != maxKeys+1 {
		t.Errorf("%d messages are remembered, want %d and one for the rest", n, maxKeys)
	}
	if n := len(l.lines()); n != maxKeys+1 {
		t.Errorf("%d lines, want %d", n, maxKeys+1)
	}
	l.now = l.now.Add(time.Second)
	l.h.Flush(false)
	l.want(t, "the rest", fmt.Sprintf(`level=INFO msg="log lines suppressed" lines=%d of=""`, 2*maxKeys-1))
}

// No line and no count is lost when many write at once.
func TestConcurrently(t *testing.T) {
	l := newLog(10)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				l.Info("a")
			}
		})
	}
	wg.Wait()
	l.h.Flush(true)
	lines := l.lines()
	if len(lines) != 11 || lines[10] != `level=INFO msg="log lines suppressed" lines=7990 of=a` {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

func TestBelowTheLimitItIsAHandlerLikeAnother(t *testing.T) {
	var b bytes.Buffer
	err := slogtest.TestHandler(New(slog.NewJSONHandler(&b, nil), 1000, nil), func() []map[string]any { return parse(t, &b) })
	if err != nil {
		t.Error(err)
	}
	l := newLog(1)
	if l.h.Enabled(t.Context(), slog.LevelDebug-1) || !l.h.Enabled(t.Context(), slog.LevelDebug) {
		t.Error("Enabled is not the next handler's")
	}
}

func parse(t *testing.T, b *bytes.Buffer) (records []map[string]any) {
	for line := range bytes.Lines(b.Bytes()) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		records = append(records, m)
	}
	return records
}

var errBroken = errors.New("broken pipe")

func TestErrorsGetThrough(t *testing.T) {
	now := time.Unix(0, 0)
	h := New(slog.NewTextHandler(brokenPipe{}, nil), 1, func() time.Time { return now })
	r := slog.NewRecord(now, slog.LevelInfo, "a", 0)
	if err := h.Handle(t.Context(), r); !errors.Is(err, errBroken) {
		t.Errorf("error %v", err)
	}
	_ = h.Handle(t.Context(), r)
	now = now.Add(time.Second)
	if err := h.Handle(t.Context(), r); !errors.Is(err, errBroken) {
		t.Errorf("error of the count: %v", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }
