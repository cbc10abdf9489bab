package engine_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// drained opens n connections, drains them in steps of a tick, and returns what each was told and when.
func drained(t *testing.T, cfg engine.Config, n int) (reasons []string, at []time.Duration) {
	t.Helper()
	s := enginetest.New(t, cfg, engine.Handler{})
	var cs []*enginetest.Client
	for range n {
		c := s.Dial()
		c.Handshake("/")
		cs = append(cs, c)
	}
	began := s.Now()
	s.Drain()
	s.Settle()
	reasons, at = make([]string, n), make([]time.Duration, n)
	for left := n; left > 0; s.Advance(tick) {
		for i, c := range cs {
			if reasons[i] != "" {
				continue
			}
			for _, f := range c.Frames() {
				if f.Op == frame.OpClose {
					_, reasons[i], _ = frame.ParseClose(f.Payload)
					at[i] = s.Now() - began
					left--
				}
			}
		}
		if s.Now()-began > time.Minute {
			t.Fatalf("%d were never closed", left)
		}
	}
	return reasons, at
}

// Who is closed when is by chance, and not by who came first: those who came together, after the last restart, do not come back together.
func TestDrainOrder(t *testing.T) {
	cfg := engine.Config{DrainWindow: 2 * time.Second, Drain: engine.DrainConfig{Seed: 7}}
	_, at := drained(t, cfg, 200)
	inOrder := 0
	for i := 1; i < len(at); i++ {
		if at[i] >= at[i-1] {
			inOrder++
		}
	}
	if inOrder > 150 { // about 105 by chance: a tenth of a half are ties
		t.Errorf("of 199 clients %d are closed no sooner than the one that came before them", inOrder)
	}
	cfg.Drain.Seed = 8
	if _, other := drained(t, cfg, 200); slices.Equal(other, at) {
		t.Error("another seed gives the same order")
	}
}

var hint = regexp.MustCompile(`^server is restarting; retry-after=(\d+)ms$`)

// The hint is a time of each client's own between RetryAfter and twice that, and the same seed gives the same drain.
func TestDrainHint(t *testing.T) {
	cfg := engine.Config{DrainWindow: 2 * time.Second, DrainCode: frame.StatusServiceRestart,
		Drain: engine.DrainConfig{RetryAfter: 1200 * time.Millisecond, Seed: 7}}
	reasons, at := drained(t, cfg, 200)
	var hints []int
	for _, r := range reasons {
		m := hint.FindStringSubmatch(r)
		if m == nil {
			t.Fatalf("reason %q", r)
		}
		ms, _ := strconv.Atoi(m[1])
		hints = append(hints, ms)
	}
	slices.Sort(hints)
	// Of 200 even draws the least is in the lowest tenth and the largest in the highest, but for a chance of 1e-9.
	if hints[0] < 1200 || hints[0] > 1320 || hints[199] > 2400 || hints[199] < 2280 {
		t.Errorf("hints from %d to %d ms, want them spread from 1200 to 2400", hints[0], hints[199])
	}
	if again, when := drained(t, cfg, 200); !slices.Equal(again, reasons) || !slices.Equal(when, at) {
		t.Error("the same seed gives another drain")
	}
	cfg.Drain.Seed = 8
	if other, _ := drained(t, cfg, 200); slices.Equal(other, reasons) {
		t.Error("another seed gives the same drain")
	}
}

// A window is not filled by few connections where a pace is given.
func TestDrainPace(t *testing.T) {
	for _, c := range []struct {
		conns int
		pace  time.Duration
		last  time.Duration // when the last one goes
	}{
		{100, 0, 20 * time.Second},
		{1, 10 * time.Millisecond, tick},
		{100, 10 * time.Millisecond, time.Second},
		{3000, 10 * time.Millisecond, 20 * time.Second},
	} {
		t.Run(fmt.Sprint(c.conns, " every ", c.pace), func(t *testing.T) {
			_, at := drained(t, engine.Config{DrainWindow: 20 * time.Second, PingAfter: -1, DeadAfter: -1, Drain: engine.DrainConfig{Pace: c.pace}}, c.conns)
			if last := slices.Max(at); last < c.last-tick || last > c.last+tick {
				t.Errorf("the last one went after %v, want %v", last, c.last)
			}
		})
	}
}

// Who only connects does not hold the end up for the whole window.
func TestDrainOfSilentHandshakes(t *testing.T) {
	s := enginetest.New(t, engine.Config{DrainWindow: 20 * time.Second, HandshakeTimeout: time.Minute}, engine.Handler{})
	silent, speaks := s.Dial(), s.Dial()
	s.Drain()
	s.Settle()
	s.Advance(900 * time.Millisecond)
	if r := speaks.Handshake("/"); r.StatusCode != 503 {
		t.Errorf("within the grace: %s", r.Status)
	}
	speaks.CloseWrite()
	if silent.Closed() {
		t.Error("the silent one was closed before the grace was over")
	}
	s.Advance(tick)
	if !silent.Closed() || s.Engine().Stats().Conns != 0 {
		t.Errorf("after a second %d are left", s.Engine().Stats().Conns)
	}
}

// What was posted before a close frame is decided goes out before it: published messages come to a loop that way.
func TestDrainBehindPosts(t *testing.T) {
	m := inMemory(t, engine.Config{DrainWindow: 100 * time.Millisecond}, engine.Handler{})
	m.Server.Drain()
	m.Settle()
	m.Jump(100 * time.Millisecond)
	m.ref.Post(func(c *engine.Conn) {
		if o := c.Send(frame.OpText, []byte("published")); o != engine.Sent {
			t.Errorf("outcome %v", o)
		}
	})
	m.Server.Tick(0)
	m.Settle()
	fs := m.Frames()
	if len(fs) != 2 || string(fs[0].Payload) != "published" || closeCode(fs) != frame.StatusGoingAway {
		t.Errorf("the client got %v", fs)
	}
}

func TestDrainConfigErrors(t *testing.T) {
	for field, c := range map[string]engine.DrainConfig{
		"Drain.Pace":       {Pace: -1},
		"Drain.RetryAfter": {RetryAfter: 1500 * time.Microsecond},
	} {
		_, err := engine.New(engine.Config{Drain: c}, engine.Handler{})
		if ce := (*engine.ConfigError)(nil); !errors.As(err, &ce) || ce.Field != field {
			t.Errorf("%+v: %v, want an error about %s", c, err, field)
		}
	}
	if _, err := engine.New(engine.Config{Drain: engine.DrainConfig{RetryAfter: -time.Second}}, engine.Handler{}); err == nil {
		t.Error("a negative hint is taken")
	}
}
