package engine

import "math/bits"

// gcra is a token bucket in eight bytes (the generic cell rate algorithm): not a count of tokens
// and the time of the last refill, but the one moment at which the bucket will be full
// again. A token costs interval ns of it, and it may lie at most burstWindow ns ahead: burst
// tokens are a burstWindow of burst*interval. The zero value is a full bucket. All times are ns
// of one clock, which should be monotonic; its zero can be anywhere.
//
// Chosen over x/time/rate.Limiter, which is correct but ten times the size and has a mutex and
// a float64 in it; there is one of these per connection and per known address.
type gcra int64

// take takes n tokens and reports true, or takes none and reports false. interval or n of 0 or less
// always succeeds: no limit, or nothing to pay.
//
// No jump of the clock gets anybody refused for long. Forwards, the bucket is full.
// Backwards, a moment further ahead than burstWindow is one that no sequence of takes can
// have set, so the clock it was set by is gone and the bucket counts as full; a smaller
// jump is repaid in the length of the jump.
func (g *gcra) take(now, interval, burstWindow, n int64) bool {
	if interval <= 0 || n <= 0 {
		return true
	}
	debt := g.debt(now, burstWindow)
	hi, cost := bits.Mul64(uint64(n), uint64(interval))
	if hi != 0 || burstWindow < debt || cost > uint64(burstWindow-debt) {
		return false
	}
	// Two moments in a clock's life err, and towards a full bucket: a sum that wraps, which is in
	// the past then, and one that is 0, the value of a new bucket.
	*g = gcra(now + debt + int64(cost))
	return true
}

// wait returns the ns until n tokens can be taken, 0 if at once; it is of use only for an n that
// take would ever grant.
func (g gcra) wait(now, interval, burstWindow, n int64) int64 {
	if interval <= 0 || n <= 0 {
		return 0
	}
	hi, cost := bits.Mul64(uint64(n), uint64(interval))
	if room := burstWindow - g.debt(now, burstWindow); hi == 0 && cost <= uint64(max(burstWindow, 0)) {
		return max(0, int64(cost)-room)
	}
	return max(burstWindow, 0)
}

// full reports whether the bucket is as good as a new one, and need not be remembered.
func (g gcra) full(now, burstWindow int64) bool { return g.debt(now, burstWindow) == 0 }

// debt is how far ahead of now the bucket will be full, in 0..burstWindow.
func (g gcra) debt(now, burstWindow int64) int64 {
	if g == 0 || int64(g) <= now {
		return 0
	}
	debt := int64(g) - now
	if debt < 0 || debt > burstWindow { // < 0: the difference does not fit, a jump of centuries
		return 0
	}
	return debt
}
