package source

import "math/rand/v2"

// How many levels a side has: below the first number it is filled up, above the second it is cut.
const (
	fewestLevels = 20
	mostLevels   = 40
)

// walk moves a book at random. Everything is done in integers, so that every machine makes the same market.
type walk struct {
	listing
	book
	r         *rand.Rand
	price     int64 // the fair price in units of 1e-8: finer than a tick, or cheap symbols would leap
	low, high int64 // where the price turns round; low is enough for two sides of a book
	spread    int64 // levels are on average about that many ticks apart
}

// newWalk has a full book at once; all of it counts as changed.
func newWalk(l listing, r *rand.Rand) *walk {
	w := &walk{
		listing: l,
		r:       r,
		price:   l.start,
		low:     max(l.start/8, 2*fewestLevels*l.tick),
		high:    l.start * 8,
		spread:  max(1, l.start/l.tick/100_000),
	}
	w.fair = w.price / w.tick
	w.fill()
	return w
}

// size is a level's, in lots: any order of magnitude is as likely as the next, as in books.
func (w *walk) size() int64 { return 1 + w.r.Int64N(1<<(8+w.r.IntN(9))) }

// either side, and its limit.
func (w *walk) either() (*side, int64) {
	s := &w.bids
	if w.r.IntN(2) == 0 {
		s = &w.asks
	}
	return s, w.limit(s)
}

// order is what other people's orders do to the book. The shares are made so that a book ticker comes 2.9 times
// as often as a trade, as in the recording.
func (w *walk) order() {
	s, limit := w.either()
	switch kind := w.r.IntN(100); {
	case kind < 54:
		w.set(s, s.levels[0].key, w.size())
	case kind < 70:
		w.set(s, s.levels[w.r.IntN(len(s.levels))].key, w.size())
	case kind < 87:
		w.place(s, limit)
	case kind < 95:
		w.set(s, s.levels[w.r.IntN(len(s.levels))].key, 0)
	default:
		w.move()
	}
	w.fill()
}

// place puts an order between the limit and the best level while there is room, else among the levels.
func (w *walk) place(s *side, limit int64) {
	key := limit
	if room := s.levels[0].key - limit; room > 0 {
		key += w.r.Int64N(min(room, w.spread))
	} else {
		key = s.levels[w.r.IntN(len(s.levels))].key + 1
	}
	if s != &w.bids || key < 0 { // not a bid of nothing
		w.set(s, key, w.size())
	}
}

// move lets the fair price take a step, and the orders that are on its wrong side go.
func (w *walk) move() {
	width := max(1, w.price/100_000*6)
	for range 4 { // a sum of four is near enough to a normal distribution, and has no tail that leaps
		w.price += w.r.Int64N(2*width+1) - width
	}
	if w.price < w.low {
		w.price = 2*w.low - w.price
	}
	if w.price > w.high {
		w.price = 2*w.high - w.price
	}
	w.fair = w.price / w.tick
	for _, s := range []*side{&w.bids, &w.asks} {
		limit := w.limit(s)
		for len(s.levels) > 0 && s.levels[0].key < limit {
			w.set(s, s.levels[0].key, 0)
		}
		if len(s.levels) == 0 || s.levels[0].key > limit {
			w.set(s, limit, w.size())
		}
	}
}

// fill gives both sides as many levels as they should have, from the far end.
func (w *walk) fill() {
	for _, s := range []*side{&w.bids, &w.asks} {
		if len(s.levels) == 0 {
			w.set(s, w.limit(s), w.size())
		}
		for len(s.levels) > mostLevels {
			w.set(s, s.levels[len(s.levels)-1].key, 0)
		}
		for len(s.levels) < fewestLevels {
			key := s.levels[len(s.levels)-1].key + 1 + w.r.Int64N(2*w.spread)
			if s == &w.bids && key >= 0 { // a bid of nothing
				break
			}
			w.set(s, key, w.size())
		}
	}
}
