package source

import (
	"bytes"
	"testing"
)

var benchLines = []struct {
	name string
	line []byte
}{
	{"ticker", []byte(`1 {"stream":"btcusdt@bookTicker","data":{"u":10000000001,"s":"BTCUSDT",` +
		`"b":"60000.01000000","B":"1.00001000","a":"60000.02000000","A":"2.00002000"}}`)},
	{"depth12k", []byte(`1 {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","b":[["61837.63000000","3.78826000"]` +
		string(bytes.Repeat([]byte(`,["61837.63000000","3.78826000"]`), 380)) + `],"a":[]}}`)},
}

func BenchmarkParseLine(b *testing.B) {
	for _, bb := range benchLines {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.line)))
			for b.Loop() {
				if _, _, err := parseLine(bb.line); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOwnedCopy is the choice publisher.publish made: a buffer for every message, or many carved from one
// slab. Sizes are the recording's: 28 tickers and 10 trades of 107 and 130 bytes to 3 depth differences of 900. The
// last 8,192 messages stay alive, so that the collector has something to do.
func BenchmarkOwnedCopy(b *testing.B) {
	sizes := [41]int{}
	for i := range sizes {
		sizes[i] = 107
		switch {
		case i%4 == 1:
			sizes[i] = 130
		case i%14 == 2:
			sizes[i] = 900
		}
	}
	src := make([]byte, 1024)
	for name, own := range map[string]func() func(data []byte) []byte{
		"exact": func() func([]byte) []byte {
			return func(data []byte) []byte {
				own := make([]byte, len(data))
				copy(own, data)
				return own
			}
		},
		"slab": func() func([]byte) []byte {
			var slab []byte
			return func(data []byte) []byte {
				if len(data) > cap(slab)-len(slab) {
					slab = make([]byte, 0, max(32<<10, len(data)))
				}
				start := len(slab)
				slab = append(slab, data...)
				return slab[start:len(slab):len(slab)]
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			copier := own()
			kept := make([][]byte, 8192)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				kept[i%len(kept)] = copier(src[:sizes[i%len(sizes)]])
				i++
			}
		})
	}
}
