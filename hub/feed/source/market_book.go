package source

import (
	"cmp"
	"slices"
)

// level is a price with what stands there. The key orders a side from its best price on: the price in ticks for
// asks, minus the price for bids. So both sides run on the same code.
type level struct{ key, lots int64 }

// side is one half of a book, best level first.
type side struct {
	levels  []level
	changed []int64 // keys, since the last depth difference, some more than once
}

// book is an order book around a fair price that lies between its sides: bids are at most at fair, asks at least
// one tick above it. So the best bid is below the best ask whatever happens to the levels.
type book struct {
	bids, asks side
	fair       int64 // ticks
	update     int64 // id of the last change: every change of a level has its own
}

// limit is the best key a side may have.
func (b *book) limit(s *side) int64 {
	if s == &b.bids {
		return -b.fair
	}
	return b.fair + 1
}

// set makes lots stand at key; 0 takes the level away.
func (b *book) set(s *side, key, lots int64) {
	b.update++
	s.changed = append(s.changed, key)
	i, found := s.find(key)
	switch {
	case lots == 0:
		s.levels = slices.Delete(s.levels, i, i+1)
	case found:
		s.levels[i].lots = lots
	default:
		s.levels = slices.Insert(s.levels, i, level{key, lots})
	}
}

func (s *side) find(key int64) (int, bool) {
	return slices.BinarySearchFunc(s.levels, key, func(l level, key int64) int { return cmp.Compare(l.key, key) })
}

// lots is what stands at key now.
func (s *side) lots(key int64) int64 {
	if i, ok := s.find(key); ok {
		return s.levels[i].lots
	}
	return 0
}

// takeChanged returns the keys that changed, best first, each once, and begins a new list in the same memory.
func (s *side) takeChanged() []int64 {
	slices.Sort(s.changed)
	keys := slices.Compact(s.changed)
	s.changed = s.changed[:0]
	return keys
}

// top is what a book ticker tells.
type top struct{ bid, ask level }

func (b *book) top() top { return top{b.bids.levels[0], b.asks.levels[0]} }
