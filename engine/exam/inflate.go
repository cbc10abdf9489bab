package exam

import (
	"errors"
	"fmt"
)

// Inflate decompresses the payload of one message of permessage-deflate (RFC 7692 7.2.2) and refuses any distance above
// maxDistance bytes, which is how a peer is held to its max_window_bits. history is what the window holds of
// earlier messages, nil without context takeover.
//
// It is written from RFC 1951, bit by bit and with no table but the code lengths, so that it can be the judge of faster ones.
func Inflate(payload, history []byte, maxDistance int) ([]byte, error) {
	b := &bits{in: append(append([]byte(nil), payload...), 0x00, 0x00, 0xff, 0xff)}
	out := append([]byte(nil), history...)
	ended := false // what the data ends in is a legal end
	for !b.atEnd() {
		final := b.take(1) == 1
		kind := b.take(2)
		before := len(out)
		var err error
		switch kind {
		case 0:
			out, err = b.stored(out)
		case 1:
			out, err = b.coded(out, fixedLiterals(), fixedDistances(), maxDistance)
		case 2:
			var lit, dist code
			if lit, dist, err = b.codes(); err == nil {
				out, err = b.coded(out, lit, dist, maxDistance)
			}
		default:
			err = errors.New("block type 3")
		}
		if err == nil && b.short {
			err = errors.New("the data ends inside a block")
		}
		if err != nil {
			return nil, err
		}
		if final { // RFC 7692 7.2.1: padded to a byte boundary, where the next block follows
			b.align()
		}
		ended = final || kind == 0 && len(out) == before
	}
	if !ended { // 7.2.1: the sender appended such a block, and cut off its last four bytes
		return nil, errors.New("the message does not end with an empty stored block")
	}
	return out[len(history):], nil
}

// bits reads bits, the lowest of each byte first (RFC 1951 3.1.1).
type bits struct {
	in    []byte
	at    int // in bits
	short bool
}

func (b *bits) atEnd() bool { return b.at >= 8*len(b.in) }

func (b *bits) align() { b.at = (b.at + 7) &^ 7 }

func (b *bits) take(n int) (v int) {
	for i := range n {
		if b.atEnd() {
			b.short = true
			return 0
		}
		v |= int(b.in[b.at/8]>>(b.at%8)&1) << i
		b.at++
	}
	return v
}

func (b *bits) stored(out []byte) ([]byte, error) {
	b.align()
	n, inverse := b.take(16), b.take(16)
	if n != inverse^0xffff {
		return nil, errors.New("a stored block whose length is not confirmed")
	}
	for range n {
		out = append(out, byte(b.take(8)))
		if b.short {
			break
		}
	}
	return out, nil
}

// code is a Huffman code: the symbols in the order of their codes, and how many there are of each length (RFC 1951 3.2.2).
type code struct {
	count   [16]int
	symbols []int
}

func newCode(lengths []int) (c code, err error) {
	for n := 1; n <= 15; n++ {
		for symbol, l := range lengths {
			if l == n {
				c.count[n]++
				c.symbols = append(c.symbols, symbol)
			}
		}
	}
	// Complete, or, as zlib and RFC 1951 3.2.7 for distances allow, one code of one bit, or none at all.
	left := 1
	for n := 1; n <= 15; n++ {
		if left = 2*left - c.count[n]; left < 0 {
			return c, errors.New("a code with too many symbols")
		}
	}
	if left > 0 && len(c.symbols) > 1 || len(c.symbols) == 1 && c.count[1] != 1 {
		return c, errors.New("a code with too few symbols")
	}
	return c, nil
}

// symbol reads one symbol: codes of a length are consecutive, and follow those of the length before.
func (b *bits) symbol(c *code) (int, error) {
	value, first, index := 0, 0, 0
	for n := 1; n <= 15; n++ {
		value |= b.take(1)
		if b.short {
			return 0, errors.New("the data ends inside a block")
		}
		if k := value - first; k < c.count[n] {
			return c.symbols[index+k], nil
		}
		index += c.count[n]
		first = (first + c.count[n]) << 1
		value <<= 1
	}
	return 0, errors.New("a code that stands for nothing")
}

// coded reads the literals and copies of a block (RFC 1951 3.2.5).
func (b *bits) coded(out []byte, lit, dist code, maxDistance int) ([]byte, error) {
	for {
		s, err := b.symbol(&lit)
		switch {
		case err != nil:
			return nil, err
		case s < 256:
			out = append(out, byte(s))
			continue
		case s == 256:
			return out, nil
		case s > 285:
			return nil, fmt.Errorf("length symbol %d", s)
		}
		length := 258
		if s < 285 {
			length = 3 + spread(s-257, 4, 8) + b.take(extra(s-257, 4, 8))
		}
		if s, err = b.symbol(&dist); err != nil {
			return nil, err
		}
		if s > 29 {
			return nil, fmt.Errorf("distance symbol %d", s)
		}
		distance := 1 + spread(s, 2, 4) + b.take(extra(s, 2, 4))
		if distance > len(out) {
			return nil, fmt.Errorf("distance %d with %d bytes before it", distance, len(out))
		}
		if distance > maxDistance {
			return nil, fmt.Errorf("distance %d in a window of %d", distance, maxDistance)
		}
		for range length {
			out = append(out, out[len(out)-distance])
		}
	}
}

// extra is how many extra bits symbol s has, where each group of per symbols has one more than the one before, and the first
// plain of them none. spread is the value that s begins at: the sum of what those before it span.
func extra(s, per, plain int) int {
	if s < plain {
		return 0
	}
	return (s-plain)/per + 1
}

func spread(s, per, plain int) (v int) {
	for i := range s {
		v += 1 << extra(i, per, plain)
	}
	return v
}
