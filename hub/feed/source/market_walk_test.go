package source

import (
	"math/rand/v2"
	"testing"
)

// At the least price there is room for, and with a step of a good part of it, the book still has both sides, in
// order, uncrossed and above 0.
func TestWalkAtTheFloor(t *testing.T) {
	w := newWalk(listing{name: "x", start: 2 * fewestLevels, tick: 1, lot: 1}, rand.New(rand.NewPCG(1, 2)))
	w.high = w.low + 30
	lowest := w.fair
	for i := range 200_000 {
		if i%3 == 0 {
			w.move()
			w.fill()
		} else {
			w.order()
		}
		lowest = min(lowest, w.fair)
		for _, s := range []*side{&w.bids, &w.asks} {
			if len(s.levels) == 0 || len(s.levels) > mostLevels || s.levels[0].key < w.limit(s) {
				t.Fatalf("step %d, fair %d: %v", i, w.fair, s.levels)
			}
			for j, l := range s.levels {
				if j > 0 && l.key <= s.levels[j-1].key || l.lots <= 0 || s == &w.bids && l.key >= 0 {
					t.Fatalf("step %d, fair %d: %v", i, w.fair, s.levels)
				}
			}
			s.takeChanged()
		}
	}
	if lowest > w.low/w.tick+1 {
		t.Errorf("the price never came near the floor: %d", lowest)
	}
}

// The price turns round at both ends and never leaps past.
func TestWalkTurnsRound(t *testing.T) {
	w := newWalk(known[0], rand.New(rand.NewPCG(1, 2)))
	w.low, w.high = w.start-w.start/1000, w.start+w.start/1000
	atLow, atHigh := false, false
	for range 20_000 {
		w.move()
		if w.price < w.low || w.price > w.high {
			t.Fatalf("price %d outside %d to %d", w.price, w.low, w.high)
		}
		atLow = atLow || w.price < w.start-w.start/1100
		atHigh = atHigh || w.price > w.start+w.start/1100
		w.bids.takeChanged()
		w.asks.takeChanged()
	}
	if !atLow || !atHigh {
		t.Errorf("walked to the low end: %v, to the high end: %v", atLow, atHigh)
	}
}
