package engine

import (
	"testing"
	"time"
)

// A tick that ran late is remembered for ten seconds at least, and forgotten after twenty.
func TestLag(t *testing.T) {
	var now time.Duration
	m, err := NewManual(Config{Loops: 1}, Handler{}, func() time.Duration { return now })
	if err != nil {
		t.Fatal(err)
	}
	l := m.Engine().Loop(0)
	want := func(what string, d time.Duration) {
		t.Helper()
		if got := l.Lag(); got != d {
			t.Errorf("%s: lag %v, want %v", what, got, d)
		}
	}
	want("before the first tick", 0)
	now = 3 * time.Second
	m.Tick(0)
	want("ticks in time", 0)

	l.tickIsDue(int64(now))
	now += 250 * time.Millisecond
	want("a tick is due", 250*time.Millisecond)
	l.tickIsDue(int64(now)) // the ticker came again: it is still the first one that waits
	now += 250 * time.Millisecond
	want("and still due", 500*time.Millisecond)
	m.Turn(0)
	want("it ran", 500*time.Millisecond)
	now += 6 * time.Second // 9.5 s
	m.Tick(0)
	want("six seconds later", 500*time.Millisecond)

	l.tickIsDue(int64(now))
	now += 700 * time.Millisecond // 10.2 s: a window later
	m.Turn(0)
	want("a worse one in the next window", 700*time.Millisecond)
	now += 9 * time.Second // 19.2 s
	l.tickIsDue(int64(now) - int64(20*time.Millisecond))
	m.Turn(0)
	want("a better one does not hide it", 700*time.Millisecond)
	now += 9 * time.Second // 28.2 s: in the window after the worse one's
	m.Tick(0)
	want("up to twenty seconds", 700*time.Millisecond)
	now += 2 * time.Second // 30.2 s
	m.Tick(0)
	want("forgotten", 0)

	l.tickIsDue(int64(now))
	now += time.Second
	m.Turn(0)
	now += time.Minute // no tick in several windows
	m.Tick(0)
	want("windows without a tick", 0)
}

// Time that a loop did not get because the process stood still is lag, though loop time hides it from the connections.
func TestLagWhenStopped(t *testing.T) {
	var now time.Duration
	m, err := NewManual(Config{Loops: 1}, Handler{}, func() time.Duration { return now })
	if err != nil {
		t.Fatal(err)
	}
	l := m.Engine().Loop(0)
	for range 2 {
		l.tickIsDue(int64(now))
		now += 5 * time.Second
		m.Turn(0)
	}
	if l.Lag() != 5*time.Second || l.now >= int64(10*time.Second) {
		t.Errorf("lag %v, loop time %v", l.Lag(), time.Duration(l.now))
	}
}
