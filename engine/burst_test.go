package engine

import (
	"math"
	"testing"
	"time"
)

func TestBurst(t *testing.T) {
	const s = int64(time.Second)
	var b burst
	for i, step := range []struct {
		at   int64
		want bool
	}{
		{0, true}, {0, false}, {4 * s, false}, {9 * s, false}, {14*s + 1, true}, {14*s + 2, false}, {3600 * s, true}, {math.MaxInt64, true},
	} {
		if got := b.begins(step.at); got != step.want {
			t.Errorf("step %d, at %v: %t", i, time.Duration(step.at), got)
		}
	}
}
