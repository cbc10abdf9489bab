package book

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// level is one price with what stands there, as strings: what comes out is what came in, digit for digit.
type level struct {
	key             float64 // the price, or minus the price on the bids' side: the worst level is the first, the best the last
	price, quantity string
}

// side is half a book. The best level is the last one, because most changes are near the best price and
// then move little.
//
// Two prices are the same level when they are the same float64. Decimals of up to 15 digits that differ are different floats, and no
// exchange's prices have more.
type side struct {
	levels []level
	sign   float64 // what a price is multiplied by to have the best one last: 1 for bids, -1 for asks
}

// set puts a quantity at a price, or takes the level away if it is zero.
func (s *side) set(price, quantity string) error {
	p, ok := decimal(price)
	if !ok {
		return fmt.Errorf("%w: %.32q is no price", ErrFormat, price)
	}
	q, ok := decimal(quantity)
	if !ok || q < 0 {
		return fmt.Errorf("%w: %.32q is no quantity", ErrFormat, quantity)
	}
	key := p * s.sign
	i, found := s.find(key)
	switch {
	case q == 0 && found:
		s.levels = slices.Delete(s.levels, i, i+1)
	case q == 0:
	case found:
		s.levels[i].quantity = strings.Clone(quantity)
	default:
		s.levels = slices.Insert(s.levels, i, level{key: key, price: strings.Clone(price), quantity: strings.Clone(quantity)})
	}
	return nil
}

// decimal reads a price or a quantity: digits with at most one point among them, and a minus sign before the prices of spreads, so that it needs no escaping when it goes out
// again, and is no "NaN" or "0x1p-2", which strconv would take.
func decimal(s string) (float64, bool) {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && (c != '-' || i > 0) {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

func (s *side) find(key float64) (int, bool) {
	return slices.BinarySearchFunc(s.levels, key, func(l level, key float64) int { return cmp.Compare(l.key, key) })
}

// appendTo writes the levels as JSON, the best first.
func (s *side) appendTo(dst []byte) []byte {
	dst = append(dst, '[')
	for i := len(s.levels) - 1; i >= 0; i-- {
		l := &s.levels[i]
		dst = append(dst, `["`...)
		dst = append(dst, l.price...)
		dst = append(dst, `","`...)
		dst = append(dst, l.quantity...)
		dst = append(dst, `"]`...)
		if i > 0 {
			dst = append(dst, ',')
		}
	}
	return append(dst, ']')
}
