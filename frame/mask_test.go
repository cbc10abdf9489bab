package frame_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/weir-ws/weir/frame"
)

// naiveMask is the formula of RFC 6455 5.3: j = i MOD 4,
// transformed-octet-i = original-octet-i XOR masking-key-octet-j.
func naiveMask(p []byte, key [4]byte, offset int) []byte {
	out := make([]byte, len(p))
	for i := range p {
		out[i] = p[i] ^ key[(offset+i)%4]
	}
	return out
}

// pattern returns n bytes without a period that masking could hide.
func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7 + i>>8)
	}
	return p
}

// Every length around the cipher's block sizes, at every alignment in memory
// and every offset of the key; the bytes around must stay as they are.
func TestMaskAgainstFormula(t *testing.T) {
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	for size := range 200 {
		for start := range 17 {
			for offset := range 8 {
				all := pattern(start + size + 17)
				want := bytes.Clone(all)
				copy(want[start:], naiveMask(all[start:start+size], key, offset))
				frame.Mask(all[start:start+size], key, offset)
				if !bytes.Equal(all, want) {
					t.Fatalf("size %d at %d, offset %d: wrong", size, start, offset)
				}
			}
		}
	}
}

func TestMaskInPieces(t *testing.T) {
	key := [4]byte{1, 2, 3, 4}
	want := naiveMask(pattern(300), key, 0)
	for cut := range 301 {
		p := pattern(300)
		frame.Mask(p[:cut], key, 0)
		frame.Mask(p[cut:], key, cut)
		if !bytes.Equal(p, want) {
			t.Fatalf("cut at %d: wrong", cut)
		}
	}
}

func BenchmarkMask(b *testing.B) {
	for _, size := range []int{8, 32, 128, 1024, 16 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			p := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				frame.Mask(p, [4]byte{1, 2, 3, 4}, 1)
			}
		})
	}
}
