package engine

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

func TestGCRASteps(t *testing.T) {
	// 10 ns a token, bursts of 3.
	const step, window = 10, 30
	type take struct {
		now, n int64
		want   bool
	}
	for _, row := range []struct {
		name  string
		takes []take
	}{
		{"burst, then empty", []take{{0, 1, true}, {0, 1, true}, {0, 1, true}, {0, 1, false}}},
		{"a token comes back after its interval, not before", []take{{5, 3, true}, {14, 1, false}, {15, 1, true}, {15, 1, false}, {24, 1, false}, {25, 1, true}}},
		{"never more than the burst", []take{{0, 3, true}, {1000, 3, true}, {1000, 1, false}}},
		{"more than the burst at once is never granted", []take{{0, 4, false}, {1000, 4, false}, {1000, 3, true}}},
		{"refusal takes nothing", []take{{0, 2, true}, {0, 2, false}, {0, 2, false}, {0, 1, true}}},
		{"nothing costs nothing", []take{{0, 3, true}, {0, 0, true}, {0, -5, true}, {0, 1, false}}},
		{"clock below zero", []take{{-100, 3, true}, {-100, 1, false}, {-90, 1, true}, {-90, 1, false}}},
		{"zero crossed while empty", []take{{-15, 3, true}, {-10, 1, false}, {0, 1, true}}},
		{"a jump forwards fills", []take{{0, 3, true}, {math.MaxInt64 / 2, 3, true}, {math.MaxInt64 / 2, 1, false}}},
		{"a jump backwards by more than the window fills", []take{{1000, 3, true}, {500, 3, true}, {500, 1, false}, {510, 1, true}}},
		{"a small jump backwards costs its length", []take{{1000, 1, true}, {990, 2, false}, {990, 1, true}, {1000, 1, true}}},
		{"from end to end of time", []take{{math.MaxInt64 - 30, 3, true}, {math.MinInt64, 3, true}, {math.MinInt64, 1, false}, {math.MaxInt64, 3, true}}},
		{"a distance beyond 64 bits", []take{{math.MaxInt64 / 2, 3, true}, {math.MinInt64 + 5, 3, true}, {math.MinInt64 + 5, 1, false}}},
		{"cost beyond 64 bits", []take{{0, math.MaxInt64, false}, {0, 3, true}}},
	} {
		var g gcra
		for i, s := range row.takes {
			if got := g.take(s.now, step, window, s.n); got != s.want {
				t.Errorf("%s: take %d (%d at %d) = %v", row.name, i, s.n, s.now, got)
			}
		}
	}
}

func TestGCRANoLimit(t *testing.T) {
	var g gcra
	for _, step := range []int64{0, -1} {
		if !g.take(1, step, 0, math.MaxInt64) || g != 0 {
			t.Errorf("interval %d limits", step)
		}
	}
	if g.take(1, 10, 0, 1) || g.take(1, 10, -1, 1) {
		t.Error("a bucket without room gave a token")
	}
}

// A reference with a count and a time of last refill, in integers: tokens are counted in ns.
type plainBucket struct{ credit, last int64 }

func (b *plainBucket) take(now, step, window, n int64) bool {
	b.credit = min(window, b.credit+now-b.last)
	b.last = now
	if n*step > b.credit {
		return false
	}
	b.credit -= n * step
	return true
}

func TestGCRAAgainstPlainBucket(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		step := 1 + rnd.Int64N(1000)
		window := step * (1 + rnd.Int64N(20))
		now := rnd.Int64N(1_000_000)
		var g gcra
		ref := plainBucket{window, now}
		for i := range 1000 {
			now += rnd.Int64N(2 * step)
			n := 1 + rnd.Int64N(3)
			wait := g.wait(now, step, window, n)
			got, want := g.take(now, step, window, n), ref.take(now, step, window, n)
			if got != want {
				t.Fatalf("step %d window %d take %d at %d: %v, reference %v", step, window, i, now, got, want)
			}
			if (wait == 0) != got && n*step <= window {
				t.Fatalf("wait %d, but take %v", wait, got)
			}
			if !got && n*step <= window { // wait is exact
				a, b := g, g
				if a.take(now+wait-1, step, window, n) || !b.take(now+wait, step, window, n) {
					t.Fatalf("wait %d is not the first moment", wait)
				}
			}
			if g.full(now, window) != (ref.credit == window) {
				t.Fatalf("full %v, credit %d of %d", g.full(now, window), ref.credit, window)
			}
		}
	}
}

func TestGCRAIsSmall(t *testing.T) {
	var g gcra
	if unsafe.Sizeof(g) != 8 {
		t.Errorf("%d bytes", unsafe.Sizeof(g))
	}
	now := int64(0)
	if n := testing.AllocsPerRun(100, func() { now += 10; g.take(now, 10, 30, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkGCRA(b *testing.B) {
	var g gcra
	granted := 0
	for i := range b.N {
		if g.take(int64(i), 2, 1000, 1) {
			granted++
		}
	}
	b.ReportAllocs()
	if granted == 0 {
		b.Fatal("nothing was granted")
	}
}
