package exam

import (
	"errors"
	"sync"
)

// The codes of blocks of type 1 (RFC 1951 3.2.6).
var (
	fixedLiterals = sync.OnceValue(func() code {
		lengths := make([]int, 288)
		for i := range lengths {
			switch {
			case i < 144:
				lengths[i] = 8
			case i < 256:
				lengths[i] = 9
			case i < 280:
				lengths[i] = 7
			default:
				lengths[i] = 8
			}
		}
		c, _ := newCode(lengths) // complete
		return c
	})
	fixedDistances = sync.OnceValue(func() code {
		lengths := make([]int, 32)
		for i := range lengths {
			lengths[i] = 5
		}
		c, _ := newCode(lengths)
		return c
	})
)

// lengthOrder is the order in which the lengths of the code for lengths come (RFC 1951 3.2.7).
var lengthOrder = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// codes reads the two codes at the beginning of a block of type 2 (RFC 1951 3.2.7).
func (b *bits) codes() (lit, dist code, err error) {
	literals, distances, lengthCodes := 257+b.take(5), 1+b.take(5), 4+b.take(4)
	if literals > 286 || distances > 30 {
		return lit, dist, errors.New("more symbols than there are")
	}
	var first [19]int
	for i := range lengthCodes {
		first[lengthOrder[i]] = b.take(3)
	}
	lengthCode, err := newCode(first[:])
	if err != nil {
		return lit, dist, err
	}
	lengths := make([]int, 0, literals+distances)
	for len(lengths) < literals+distances {
		s, err := b.symbol(&lengthCode)
		if err != nil {
			return lit, dist, err
		}
		repeat, value := 1, s
		switch s {
		case 16:
			if len(lengths) == 0 {
				return lit, dist, errors.New("a length to be repeated, and none before it")
			}
			repeat, value = 3+b.take(2), lengths[len(lengths)-1]
		case 17:
			repeat, value = 3+b.take(3), 0
		case 18:
			repeat, value = 11+b.take(7), 0
		}
		for range repeat {
			lengths = append(lengths, value)
		}
	}
	if len(lengths) > literals+distances {
		return lit, dist, errors.New("more lengths than symbols")
	}
	if lit, err = newCode(lengths[:literals]); err == nil {
		dist, err = newCode(lengths[literals:])
	}
	return lit, dist, err
}
