package exam_test

import "unicode/utf8"

// textCheck is incremental UTF-8 validation on the standard library's terms.
type textCheck struct{ part []byte }

func (t *textCheck) feed(b []byte) bool {
	for len(b) > 0 && len(t.part) > 0 {
		if t.part, b = append(t.part, b[0]), b[1:]; utf8.FullRune(t.part) {
			if !utf8.Valid(t.part) {
				return false
			}
			t.part = t.part[:0]
		}
	}
	end := len(b)
	for i := 1; i <= min(3, len(b)); i++ {
		if tail := b[len(b)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				end = len(b) - i
			}
			break
		}
	}
	t.part = append(t.part, b[end:]...)
	return utf8.Valid(b[:end])
}

func (t *textCheck) done() bool { return len(t.part) == 0 }

// withoutSurrogates takes encoded surrogates (ED A0..BF and one more byte) out
// of b, which makes a lenient validator of the strict one.
func withoutSurrogates(b []byte) []byte {
	var out []byte
	for i := 0; i < len(b); i++ {
		if i+2 < len(b) && b[i] == 0xed && b[i+1]&0xe0 == 0xa0 && b[i+2]&0xc0 == 0x80 {
			i += 2
			continue
		}
		out = append(out, b[i])
	}
	return out
}
