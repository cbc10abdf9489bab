package frame_test

import (
	"fmt"
	"testing"

	"github.com/weir-ws/weir/frame"
)

// clientFrame is a masked frame with a key of zero, which costs the same as any
// other and leaves p, unmasked in place, good for the next round.
func clientFrame(fin bool, op frame.Op, size int) []byte {
	p := make([]byte, size)
	for i := range p {
		p[i] = 'a' + byte(i%26)
	}
	return frame.AppendFrame(nil, frame.Header{Fin: fin, Op: op, Masked: true}, p)
}

// receive decodes p cut into pieces of size bytes, b.N times, and wants one
// event of each.
func receive(b *testing.B, p []byte, size, want int) {
	var d frame.Decoder
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		events := 0
		for at := 0; at < len(p); at += size {
			part := p[at:min(at+size, len(p))]
			for len(part) > 0 {
				ev, n, err := d.Next(part, &server)
				if err != nil {
					b.Fatal(err)
				}
				if ev.Op != 0 {
					events++
				}
				part = part[n:]
			}
		}
		if events != want {
			b.Fatal(events)
		}
	}
}

func BenchmarkDecoderInPlace(b *testing.B) {
	for _, op := range []frame.Op{frame.OpText, frame.OpBinary} {
		for _, size := range []int{16, 128, 1024, 16 << 10} {
			b.Run(fmt.Sprintf("%v/size=%d", op, size), func(b *testing.B) {
				receive(b, clientFrame(true, op, size), 64<<10, 1)
			})
		}
	}
	b.Run("64 pipelined of 128", func(b *testing.B) {
		var p []byte
		for range 64 {
			p = append(p, clientFrame(true, frame.OpText, 128)...)
		}
		receive(b, p, 64<<10, 64)
	})
}

func BenchmarkDecoderAssembly(b *testing.B) {
	for _, c := range []struct{ size, read int }{{128, 64}, {1 << 10, 700}, {64 << 10, 4 << 10}, {1 << 20, 64 << 10}} {
		b.Run(fmt.Sprintf("size=%d/read=%d", c.size, c.read), func(b *testing.B) {
			receive(b, clientFrame(true, frame.OpBinary, c.size-20), c.read, 1) // 1 MiB is the limit
		})
	}
	b.Run("16 fragments of 64", func(b *testing.B) {
		var p []byte
		for i := range 16 {
			op := frame.OpContinuation
			if i == 0 {
				op = frame.OpText
			}
			p = append(p, clientFrame(i == 15, op, 64)...)
		}
		receive(b, p, 64<<10, 1)
	})
}
