package exam

import (
	"testing"
	"unicode/utf8"
)

func TestValidUTF8(t *testing.T) {
	for _, v := range validUTF8() {
		if !utf8.ValidString(v.text) || v.text == "" {
			t.Errorf("%s: %q is not valid", v.name, v.text)
		}
	}
	all := everyCodePoint()
	if n := utf8.RuneCount(all); n != 0x110000-0x800 || !utf8.Valid(all) {
		t.Errorf("%d code points, want all 1,112,064", n)
	}
}

func TestInvalidUTF8(t *testing.T) {
	for _, in := range invalidUTF8() {
		b := []byte(in.bytes)
		if utf8.Valid(b) {
			t.Errorf("%s: % x is valid", in.name, b)
		}
		at := in.impossible()
		if in.cut != (at == len(b)) {
			t.Errorf("%s: byte %d of % x is the impossible one, cut is %t", in.name, at, b, in.cut)
		}
		// Some completion must make everything in front of that byte valid:
		// otherwise the exam would punish a server for not being early enough.
		completed := false
		for _, tail := range []string{"", "\x80", "\x80\x80", "\x80\x80\x80", "\xa0\x80", "\x90\x80\x80", "\x9f\x80"} {
			completed = completed || utf8.Valid(append(b[:at:at], tail...))
		}
		if !completed {
			t.Errorf("%s: nothing completes % x", in.name, b[:at])
		}
		// And none may make the byte valid: otherwise it would punish lateness that is due.
		if !in.cut {
			for _, tail := range []string{"", "\x80", "\xa0", "\xbf", "\x80\x80", "\xa0\x80", "\x80\x80\x80", "\x90\x80\x80"} {
				if utf8.Valid(append(b[:at+1:at+1], tail...)) {
					t.Errorf("%s: % x is made valid by % x", in.name, b[:at+1], tail)
				}
			}
		}
	}
}
