package run

import (
	"errors"
	"os"
	"testing"
	"time"
)

func TestSettle(t *testing.T) {
	for _, c := range []struct {
		name        string
		at          func(i int) int64
		want        int64
		readings    int
		firstSteady int
	}{
		{"steady from the start", func(int) int64 { return 1000 }, 1000, 6, 0},
		{"falls for ten readings", func(i int) int64 { return 2000 - 100*int64(min(i, 10)) }, 1000, 16, 10},
		{"never steady", func(i int) int64 { return 1000 * int64(i+1) }, 26000, 26, 0},
		{"rises by less than a hundredth", func(i int) int64 { return 100000 + int64(i)*100 }, 100500, 6, 0},
	} {
		n, pauses := 0, 0
		got, err := settle(func() error { pauses++; return nil }, func() (int64, error) { n++; return c.at(n - 1), nil })
		if err != nil || got != c.want || n != c.readings || pauses != n-1 {
			t.Errorf("%s: %d after %d readings and %d pauses, want %d after %d: %v", c.name, got, n, pauses, c.want, c.readings, err)
		}
	}
	gone := errors.New("gone")
	if _, err := settle(func() error { return gone }, func() (int64, error) { return 1, nil }); !errors.Is(err, gone) {
		t.Errorf("a lost connection: %v", err)
	}
	if _, err := settle(func() error { return nil }, func() (int64, error) { return 0, gone }); !errors.Is(err, gone) {
		t.Errorf("a server that ended: %v", err)
	}
}

func TestWatch(t *testing.T) {
	w := &watch{pids: []int{os.Getpid()}}
	w.stop() // before it has begun
	if w.first() != 0 || w.peak() != 0 {
		t.Errorf("it saw %d and %d before it began", w.first(), w.peak())
	}
	w.start()
	ballast := make([]byte, 64<<20)
	for i := 0; i < len(ballast); i += 4096 {
		ballast[i] = 1
	}
	time.Sleep(3 * every)
	w.stop()
	if w.first() <= 0 || w.peak() < w.first()+32<<20 {
		t.Errorf("it saw %d first and %d at most around 64 MiB (%d)", w.first(), w.peak(), ballast[0])
	}
}

func TestWatchAt(t *testing.T) {
	w := &watch{seen: []sighting{{0, 10}, {20, 20}, {40, 5}}}
	for at, want := range map[time.Duration]int64{-1: 10, 0: 10, 19: 10, 20: 20, 39: 20, 40: 5, 1000: 5} {
		if got := w.at(at); got != want {
			t.Errorf("at %d: %d, want %d", at, got, want)
		}
	}
	if w.peak() != 20 || (&watch{}).at(5) != 0 {
		t.Errorf("peak %d, of nothing %d", w.peak(), (&watch{}).at(5))
	}
}
