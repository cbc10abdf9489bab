package frame_test

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/weir-ws/weir/frame"
)

// This file is the oracle: RFC 6455 spelled out a second time, as slowly and as
// plainly as it goes, sharing nothing with the package but its types.

// naiveHeader reads a header off the string of its bits, the way the drawing in
// RFC 6455 5.2 numbers them. more: bytes are missing. bad: no bytes that could
// follow would make it legal.
func naiveHeader(b []byte) (h frame.Header, n int, more, bad bool) {
	bits := ""
	for _, c := range b[:min(len(b), 14)] {
		bits += fmt.Sprintf("%08b", c)
	}
	num := func(from, to int) *big.Int {
		v, _ := new(big.Int).SetString(bits[from:to], 2)
		return v
	}
	if len(bits) < 8 {
		return h, 0, true, false
	}
	h.Fin = bits[0] == '1'
	h.RSV = uint8(num(1, 4).Int64())
	h.Op = frame.Op(num(4, 8).Int64())
	switch h.Op {
	case 0, 1, 2:
	case 8, 9, 10:
		if !h.Fin {
			return h, 0, false, true
		}
	default:
		return h, 0, false, true
	}
	if len(bits) < 16 {
		return h, 0, true, false
	}
	h.Masked = bits[8] == '1'
	length := num(9, 16)
	at, width, least := 16, 0, int64(0)
	switch length.Int64() {
	case 126:
		width, least = 16, 126
	case 127:
		width, least = 64, 65536
	}
	if h.Op >= 8 && width != 0 {
		return h, 0, false, true
	}
	if width > 0 {
		// The least and the greatest that the known bits can still become.
		known := bits[at:min(at+width, len(bits))]
		low, high := known, known
		for len(low) < width {
			low, high = low+"0", high+"1"
		}
		lowest, _ := new(big.Int).SetString(low, 2)
		highest, _ := new(big.Int).SetString(high, 2)
		if highest.Cmp(big.NewInt(least)) < 0 || lowest.Cmp(big.NewInt(math.MaxInt64)) > 0 {
			return h, 0, false, true
		}
		length = lowest
		at += width
	}
	if h.Masked {
		for i := range 4 {
			if len(bits) >= at+8*(i+1) {
				v, _ := strconv.ParseUint(bits[at+8*i:at+8*i+8], 2, 8)
				h.Key[i] = byte(v)
			}
		}
		at += 32
	}
	if len(bits) < at {
		return h, 0, true, false
	}
	h.Length = length.Int64()
	return h, at / 8, false, false
}

// openings holds every proper beginning of every character's encoding, with the
// number of bytes it lacks.
var openings = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		s := string(r)
		for i := 1; i < len(s); i++ {
			m[s[:i]] = len(s) - i
		}
	}
	return m
})

// naiveText tells of text that may be unfinished whether it can become valid,
// and how many bytes it lacks at least.
func naiveText(s string) (lacks int, ok bool) {
	if utf8.ValidString(s) {
		return 0, true
	}
	for cut := 1; cut <= min(3, len(s)); cut++ {
		head, tail := s[:len(s)-cut], s[len(s)-cut:]
		if lacks, ok := openings()[tail]; ok && utf8.ValidString(head) {
			return lacks, true
		}
	}
	return 0, false
}

// got is what a decoder made of an input: its events, and the error or "".
type got struct {
	events []string
	status frame.Status // 0: no error
}

func event(op frame.Op, compressed bool, payload []byte) string {
	return fmt.Sprintf("%v %v %q", op, compressed, payload)
}

// naiveDecode is the decoder at one go over all of the input.
func naiveDecode(in []byte, lim frame.Limits) (g got) {
	open, compressed, message, sum, frames := false, false, "", new(big.Int), 0
	var kind frame.Op
	for len(in) > 0 {
		h, n, more, bad := naiveHeader(in)
		if bad ||
			h.RSV&3 != 0 ||
			h.RSV != 0 && (!lim.RSV1 || h.Op != 1 && h.Op != 2) ||
			h.Op == 0 && !open ||
			(h.Op == 1 || h.Op == 2) && open ||
			len(in) >= 2 && h.Masked == lim.Client {
			g.status = 1002
			return g
		}
		if more {
			return g
		}
		rest := in[n:]
		have := int(min(h.Length, int64(len(rest))))
		part := rest[:have]
		if h.Masked {
			part = naiveMask(part, h.Key, 0)
		}
		whole := int64(have) == h.Length
		in = rest[have:]
		if h.Op >= 8 {
			if whole {
				g.events = append(g.events, event(h.Op, false, part))
			}
			continue
		}
		if h.Op != 0 {
			open, kind, compressed, message, frames = true, h.Op, h.RSV == 4, "", 0
			sum.SetInt64(0)
		}
		sum.Add(sum, big.NewInt(h.Length))
		frames++
		limit := big.NewInt(lim.MaxMessage)
		if lim.MaxMessage == 0 {
			limit = big.NewInt(math.MaxInt64)
		} else if compressed { // an eighth and 64 bytes
			limit = big.NewInt(lim.MaxMessage*9/8 + 64)
		}
		if sum.Cmp(limit) > 0 {
			g.status = 1009
			return g
		}
		if lim.MaxFragments > 0 && frames > lim.MaxFragments && sum.Cmp(big.NewInt(int64(frames*lim.MinFragment))) < 0 {
			g.status = 1008
			return g
		}
		message += string(part)
		if kind == 1 && !compressed {
			lacks, ok := naiveText(message)
			if !ok || h.Fin && int64(lacks) > h.Length-int64(have) {
				g.status = 1007
				return g
			}
		}
		if whole && h.Fin {
			g.events = append(g.events, event(kind, compressed, []byte(message)))
			open = false
		}
	}
	return g
}
