package frame_test

import (
	"testing"
	"unicode/utf8"

	"github.com/weir-ws/weir/frame"
)

// Valid up to and without the byte at bad; -1: valid to the end.
var texts = []struct {
	name string
	in   string
	bad  int
	done bool // ends between two characters
}{
	{"empty", "", -1, true},
	{"ASCII", "plain", -1, true},
	{"one of each length", "$\u00a3\u20ac\U0001f30a", -1, true},
	{"last code point", "\xf4\x8f\xbf\xbf", -1, true},
	{"last before the surrogates", "\xed\x9f\xbf", -1, true},
	{"first after the surrogates", "\xee\x80\x80", -1, true},
	{"noncharacter U+FFFF is legal", "\xef\xbf\xbf", -1, true},
	{"NUL is legal", "\x00", -1, true},
	{"1 of 2 bytes", "a\xc3", -1, false},
	{"2 of 3 bytes", "a\xe2\x82", -1, false},
	{"3 of 4 bytes", "a\xf0\x9f\x8c", -1, false},
	{"continuation without a lead", "a\x80", 1, false},
	{"continuation after a whole character", "\xc3\xa9\xa9", 2, false},
	{"overlong NUL: c0", "\xc0\x80", 0, false},
	{"overlong in 2: c1", "\xc1\xbf", 0, false},
	{"overlong in 3: e0 9f", "\xe0\x9f\xbf", 1, false},
	{"overlong in 4: f0 8f", "\xf0\x8f\xbf\xbf", 1, false},
	{"surrogate: ed a0", "\xed\xa0\x80", 1, false},
	{"above U+10FFFF: f4 90", "\xf4\x90\x80\x80", 1, false},
	{"never a byte: f5", "abc\xf5", 3, false},
	{"never a byte: ff", "\xff", 0, false},
	{"lead inside a sequence", "\xe2\x82\xe2\x82\xac", 2, false},
	{"ASCII inside a sequence", "\xf0\x9f\x8cx", 3, false},
	{"bad far behind", "0123456789abcdef0123456789abcdef\xfe", 32, false},
}

func TestUTF8(t *testing.T) {
	for _, c := range texts {
		t.Run(c.name, func(t *testing.T) {
			var u frame.UTF8
			eachChop([]byte(c.in), func(how string, parts [][]byte) {
				u.Reset()
				fed, ok := 0, true
				for _, p := range parts {
					fed += len(p)
					ok = u.Feed(p)
					// No sooner and no later than the byte that settles it.
					if want := c.bad < 0 || fed <= c.bad; ok != want {
						t.Fatalf("%s: after %d bytes Feed = %v", how, fed, ok)
					}
				}
				if got := u.Done(); got != (ok && c.done) {
					t.Errorf("%s: Done = %v", how, got)
				}
				if !ok && (u.Feed([]byte("a")) || u.Feed(nil)) {
					t.Errorf("%s: said yes after it had said no", how)
				}
			})
		})
	}
}

func FuzzUTF8(f *testing.F) {
	for i, c := range texts {
		f.Add([]byte(c.in), byte(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, size byte) {
		var u frame.UTF8
		ok, fed := true, 0
		for _, p := range chop(in, int(size)) {
			fed += len(p)
			if ok = u.Feed(p); ok {
				continue
			}
			if _, good := naiveText(string(in[:fed])); good {
				t.Fatalf("%d bytes of %q refused, that could still become valid", fed, in)
			}
			if _, good := naiveText(string(in[:fed-len(p)])); !good {
				t.Fatalf("%q refused only after %d bytes", in, fed)
			}
			break
		}
		if _, want := naiveText(string(in)); ok != want {
			t.Fatalf("after all of %q Feed = %v", in, ok)
		}
		if u.Done() != utf8.Valid(in) {
			t.Errorf("%q in pieces of %d: Done = %v", in, size, u.Done())
		}
	})
}

func BenchmarkUTF8(b *testing.B) {
	for name, unit := range map[string]string{"ascii": "{\"e\":\"trade\"}", "mixed": "caf\u00e9 \u20ac "} {
		p := []byte{}
		for len(p) < 1024 {
			p = append(p, unit...)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			for b.Loop() {
				var u frame.UTF8
				if !u.Feed(p) || !u.Done() {
					b.Fatal("refused")
				}
			}
		})
	}
}
