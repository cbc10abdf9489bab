// Package sampled keeps a log readable, and its disk free, when something happens very often: of each message so many lines a
// second are written, and the others are counted.
package sampled

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// Suppressed is the message of the lines that tell how many others were not written.
const Suppressed = "log lines suppressed"

const (
	window = time.Second
	// maxKeys bounds the messages that are told apart. Messages are constants of the program, so there are far fewer; should one
	// ever be made of a client's words, all that come too late share one place.
	maxKeys = 1024
)

// Handler is a slog.Handler before another one. Make one with [New].
type Handler struct {
	next   slog.Handler
	counts *counts
}

// counts is shared by a Handler and all that WithAttrs and WithGroup make of it.
type counts struct {
	out   slog.Handler // for the lines of our own
	limit int
	now   func() time.Time

	mu   sync.Mutex
	keys map[key]*count
}

type key struct {
	level slog.Level
	msg   string
}

// count is one message's in the current window.
type count struct {
	since      time.Time
	written    int
	suppressed int
}

// New returns a handler that lets limit lines a second of each message through to next. now is the clock; nil: time.Now.
func New(next slog.Handler, limit int, now func() time.Time) *Handler {
	if now == nil {
		now = time.Now
	}
	return &Handler{next, &counts{out: next, limit: limit, now: now, keys: make(map[key]*count)}}
}

// Enabled implements slog.Handler.
func (h *Handler) Enabled(ctx context.Context, l slog.Level) bool { return h.next.Enabled(ctx, l) }

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(as []slog.Attr) slog.Handler {
	return &Handler{h.next.WithAttrs(as), h.counts}
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	return &Handler{h.next.WithGroup(name), h.counts}
}

// Handle implements slog.Handler.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	write, over := h.counts.take(key{r.Level, r.Message})
	if over.suppressed > 0 {
		if err := h.counts.tell(ctx, over); err != nil {
			return err
		}
	}
	if !write {
		return nil
	}
	return h.next.Handle(ctx, r)
}

// Flush tells of the lines that were suppressed in windows that are over, or with all of them, in every window. Call it once a
// second, and with all at the end: what comes in a burst and never again would not be told of otherwise.
func (h *Handler) Flush(all bool) {
	for _, s := range h.counts.over(all) {
		_ = h.counts.tell(context.Background(), s) // where logs go has failed: nobody to tell
	}
}

// summary is what a window has suppressed.
type summary struct {
	key
	suppressed int
}

// take counts a line, and says whether to write it and what the window before it has suppressed.
func (c *counts) take(k key) (write bool, over summary) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	n := c.keys[k]
	if n == nil {
		if len(c.keys) >= maxKeys {
			k = key{level: k.level}
			n = c.keys[k]
		}
		if n == nil {
			n = &count{since: now}
			c.keys[k] = n
		}
	}
	if now.Sub(n.since) >= window {
		over = summary{k, n.suppressed}
		*n = count{since: now}
	}
	if n.written < c.limit {
		n.written++
		return true, over
	}
	n.suppressed++
	return false, over
}

// over takes the windows that have ended out of the table and returns what they suppressed, in the order of their messages.
func (c *counts) over(all bool) []summary {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	var told []summary
	for k, n := range c.keys {
		if !all && now.Sub(n.since) < window {
			continue
		}
		if n.suppressed > 0 {
			told = append(told, summary{k, n.suppressed})
		}
		delete(c.keys, k)
	}
	slices.SortFunc(told, func(a, b summary) int { return strings.Compare(a.msg, b.msg) })
	return told
}

func (c *counts) tell(ctx context.Context, s summary) error {
	r := slog.NewRecord(c.now(), s.level, Suppressed, 0)
	r.AddAttrs(slog.Int("lines", s.suppressed), slog.String("of", s.msg))
	return c.out.Handle(ctx, r)
}
