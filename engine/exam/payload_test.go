package exam

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

func TestContent(t *testing.T) {
	for _, op := range dataOps {
		for _, n := range []int{0, 1, 2, 3, 4, 5, 21, 22, 100, 65535, 65536, 65537} {
			for offset := range 25 {
				c := content(op, n, offset)
				if len(c) != n {
					t.Errorf("%s of %d at %d has %d bytes", opName(op), n, offset, len(c))
				}
				if op == opText && !utf8.Valid(c) {
					t.Errorf("text of %d at %d is not UTF-8", n, offset)
				}
			}
			if n > 20 && bytes.Equal(content(op, n, 0), content(op, n, 911)) {
				t.Errorf("%s of %d is the same at two offsets", opName(op), n)
			}
		}
	}
	if n := len(content(opText, defaultMaxMessage, 0)); n != defaultMaxMessage {
		t.Errorf("the largest message has %d bytes", n)
	}
}

func TestInFragments(t *testing.T) {
	for _, size := range []int{0, 1, 6, 7, 8, 100} {
		whole := content(opBinary, size, 0)
		frames := inFragments(opBinary, whole, 7)
		var got []byte
		for i, f := range frames {
			if first := i == 0; (f.op == opBinary) != first || f.more == (i == len(frames)-1) || len(f.payload) > 7 {
				t.Errorf("%d bytes: fragment %d is %+v", size, i, f)
			}
			got = append(got, f.payload...)
		}
		if !bytes.Equal(got, whole) {
			t.Errorf("%d bytes: the fragments are % x", size, got)
		}
	}
}
