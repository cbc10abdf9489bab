package exam

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"unicode/utf8"
)

// poolSize is the largest content a case may ask for at offset 0, plus room
// for different contents of up to 1 MiB at other offsets.
const poolSize = defaultMaxMessage + 2<<20

// Contents are slices of two endless-looking pools, so that a thousand
// messages cost no memory and every byte that is dropped, doubled, swapped or
// unmasked with the wrong key shows.
var (
	binaryPool = sync.OnceValue(func() []byte {
		rng := rand.New(rand.NewPCG(6455, 2011))
		b := make([]byte, 0, poolSize+8)
		for len(b) < poolSize {
			b = binary.LittleEndian.AppendUint64(b, rng.Uint64())
		}
		return b
	})
	textPool = sync.OnceValue(func() []byte {
		rng := rand.New(rand.NewPCG(6455, 3629))
		b := make([]byte, 0, poolSize+64)
		for len(b) < poolSize {
			n := rng.Uint64()
			for range 12 { // mostly ASCII, as texts on the wire are
				b = append(b, 'a'+byte(n%26))
				n /= 26
			}
			// One code point of two, three and four bytes each: fragments and
			// chops then cut through them at every possible place.
			b = utf8.AppendRune(b, 0x80+rng.Int32N(0x800-0x80))
			b = utf8.AppendRune(b, 0x800+rng.Int32N(0xD800-0x800))
			b = utf8.AppendRune(b, 0x10000+rng.Int32N(0x110000-0x10000))
		}
		return b
	})
)

// content is a message of exactly n bytes for a text or binary message, valid
// UTF-8 if text. Different offsets give different contents. Not to be written to.
func content(op byte, n, offset int) []byte {
	if op == opBinary {
		return binaryPool()[offset : offset+n : offset+n]
	}
	pool := textPool()
	for !utf8.RuneStart(pool[offset]) {
		offset++
	}
	b := pool[offset : offset+n : offset+n]
	if utf8.Valid(lastRune(b)) {
		return b
	}
	b = append([]byte(nil), b...)
	for i := len(b) - len(lastRune(b)); i < len(b); i++ {
		b[i] = '.'
	}
	return b
}

// lastRune is the code point that b ends in, which may be cut off.
func lastRune(b []byte) []byte {
	i := len(b)
	for i > 0 && len(b)-i < utf8.UTFMax {
		if i--; utf8.RuneStart(b[i]) {
			break
		}
	}
	return b[i:]
}

// inFragments cuts a message into frames of at most n bytes each, n > 0.
func inFragments(op byte, content []byte, n int) []frame {
	var frames []frame
	for {
		part := content[:min(n, len(content))]
		content = content[len(part):]
		f := frame{op: op, payload: part}
		if len(content) == 0 {
			return append(frames, f)
		}
		frames = append(frames, f.unfinished())
		op = opContinuation
	}
}
