package exam

import (
	"fmt"
	"unicode/utf8"
)

// validText is a text that every server has to take.
type validText struct{ name, text string }

// validUTF8 covers each length of encoding at both its ends, and what people
// wrongly refuse: NUL, noncharacters, byte order marks, private use.
func validUTF8() []validText {
	texts := []validText{
		{"latin", "na\u00efve caf\u00e9"},
		{"greek", "\u03ba\u1f79\u03c3\u03bc\u03b5"},
		{"hiragana", "\u305b\u304d\u3068\u3081\u308b"},
		{"hebrew-and-arabic", "\u05e1\u05db\u05e8 \u0633\u062f"},
		{"devanagari", "\u0928\u0926\u0940 \u0930\u094b\u0915\u0928\u093e"},
		{"emoji-with-joiners", "\U0001f469\u200d\U0001f4bb \U0001f1e8\U0001f1ed \U0001f30a"},
		{"combining-marks", "a\u0300\u0301\u0302\u0303"},
		{"all-lengths", "$\u00a2\u20ac\U00010348"},
		{"all-lengths-backwards", "\U00010348\u20ac\u00a2$"},
		{"byte-order-mark", "\ufeffmarked"},
		{"reversed-byte-order-mark", "\ufffemarked"},
		{"replacement-character", "\ufffd\ufffd"},
	}
	for _, r := range []rune{
		0, 0x1, 0x1f, 0x7e, 0x7f, // one byte
		0x80, 0x81, 0xbf, 0xc0, 0xff, 0x7fe, 0x7ff, // two
		0x800, 0x801, 0xfff, 0x1000, 0xcfff, 0xd000, 0xd7fe, 0xd7ff, // three, up to the surrogates
		0xe000, 0xe001, 0xf8ff, 0xfdcf, 0xfdd0, 0xfdef, 0xfdf0, 0xfffd, // and behind them
		0x10001, 0x10ffe, 0x3fffd, 0x40001, 0xffffd, 0x100001, 0x10fffd, // four
	} {
		texts = append(texts, validText{fmt.Sprintf("U+%04X", r), string(r)})
	}
	for plane := rune(0); plane <= 0x10; plane++ {
		for _, r := range []rune{plane << 16, plane<<16 | 0xfffe, plane<<16 | 0xffff} {
			if r != 0 {
				texts = append(texts, validText{fmt.Sprintf("U+%04X", r), string(r)})
			}
		}
	}
	return texts
}

// everyCodePoint is all 1,112,064 Unicode scalar values in order: 4.4 MB.
func everyCodePoint() []byte {
	b := make([]byte, 0, 5<<20)
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if utf8.ValidRune(r) {
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// invalidBytes is a byte sequence that is not UTF-8.
type invalidBytes struct {
	name   string
	bytes  string
	cut    bool // invalid only because it ends: a prefix of something valid
	reason bool // also tried as the reason of a Close frame
}

// impossible is the index of the byte that no valid text can have there; for a
// cut sequence it is behind the end.
func (in invalidBytes) impossible() int { return firstImpossible([]byte(in.bytes)) }

// firstImpossible asks the standard library for each byte: FullRune is true of
// a prefix that is complete, or that nothing could complete.
func firstImpossible(b []byte) int {
	start := 0
	for i := range b {
		if p := b[start : i+1]; utf8.FullRune(p) {
			if r, n := utf8.DecodeRune(p); r == utf8.RuneError && n == 1 {
				return i
			}
			start = i + 1
		}
	}
	return len(b)
}

// invalidUTF8 goes through RFC 3629: section 3's table of lengths, section 4's
// grammar of which byte may follow which, and what section 10 warns of.
func invalidUTF8() []invalidBytes {
	list := []invalidBytes{
		// Continuation bytes with nothing to continue.
		{name: "stray-first-continuation", bytes: "\x80", reason: true},
		{name: "stray-last-continuation", bytes: "\xbf", reason: true},
		{name: "two-strays", bytes: "\x80\xbf"},
		{name: "seven-strays", bytes: "\x80\xbf\x80\xbf\x80\xbf\x80"},
		{name: "one-continuation-too-many-after-2", bytes: "\u00e9\x80"},
		{name: "one-continuation-too-many-after-3", bytes: "\u20ac\x80"},
		{name: "one-continuation-too-many-after-4", bytes: "\U0001f30a\x80"},

		// Leads that are followed by something else than a continuation.
		{name: "2-byte-lead-then-space", bytes: "\xc2 ", reason: true},
		{name: "last-2-byte-lead-then-space", bytes: "\xdf "},
		{name: "3-byte-lead-then-space", bytes: "\xe2 "},
		{name: "3-byte-lead-and-1-then-space", bytes: "\xe2\x82 ", reason: true},
		{name: "4-byte-lead-then-space", bytes: "\xf0 "},
		{name: "4-byte-lead-and-1-then-space", bytes: "\xf0\x9f "},
		{name: "4-byte-lead-and-2-then-space", bytes: "\xf0\x9f\x8c ", reason: true},
		{name: "lead-then-lead", bytes: "\xc3\xc3"},
		{name: "lead-then-3-byte-lead", bytes: "\xc3\xe2\x82\xac"},
		{name: "unfinished-4-then-valid-2", bytes: "\xf0\x9f\x8c\xc3\xa9"},
		{name: "continuation-7f", bytes: "\xc3\x7f"},
		{name: "continuation-c0", bytes: "\xc3\xc0"},
		{name: "last-continuation-7f", bytes: "\xe2\x82\x7f"},
		{name: "last-continuation-c0", bytes: "\xf0\x9f\x8c\xc0"},

		// Overlong forms of characters that have a shorter one.
		{name: "overlong-2-of-NUL", bytes: "\xc0\x80", reason: true},
		{name: "overlong-2-of-slash", bytes: "\xc0\xaf", reason: true},
		{name: "overlong-2-of-7F", bytes: "\xc1\xbf"},
		{name: "overlong-3-of-NUL", bytes: "\xe0\x80\x80"},
		{name: "overlong-3-of-slash", bytes: "\xe0\x80\xaf", reason: true},
		{name: "overlong-3-of-7FF", bytes: "\xe0\x9f\xbf"},
		{name: "overlong-4-of-NUL", bytes: "\xf0\x80\x80\x80"},
		{name: "overlong-4-of-slash", bytes: "\xf0\x80\x80\xaf", reason: true},
		{name: "overlong-4-of-FFFF", bytes: "\xf0\x8f\xbf\xbf"},
		{name: "overlong-5-of-slash", bytes: "\xf8\x80\x80\x80\xaf"},
		{name: "overlong-6-of-slash", bytes: "\xfc\x80\x80\x80\x80\xaf"},

		// Surrogates, alone and in pairs (CESU-8).
		{name: "surrogate-D800", bytes: "\xed\xa0\x80", reason: true},
		{name: "surrogate-DB7F", bytes: "\xed\xad\xbf"},
		{name: "surrogate-DBFF", bytes: "\xed\xaf\xbf"},
		{name: "surrogate-DC00", bytes: "\xed\xb0\x80"},
		{name: "surrogate-DFFF", bytes: "\xed\xbf\xbf", reason: true},
		{name: "surrogate-pair-10000", bytes: "\xed\xa0\x80\xed\xb0\x80"},
		{name: "surrogate-pair-10FFFF", bytes: "\xed\xaf\xbf\xed\xbf\xbf"},

		// Above the last code point, and the forms of older definitions.
		{name: "110000", bytes: "\xf4\x90\x80\x80", reason: true},
		{name: "13FFFF", bytes: "\xf4\xbf\xbf\xbf"},
		{name: "140000", bytes: "\xf5\x80\x80\x80"},
		{name: "1FFFFF", bytes: "\xf7\xbf\xbf\xbf"},
		{name: "5-byte-form", bytes: "\xf8\x88\x80\x80\x80", reason: true},
		{name: "5-byte-form-largest", bytes: "\xfb\xbf\xbf\xbf\xbf"},
		{name: "6-byte-form", bytes: "\xfc\x84\x80\x80\x80\x80", reason: true},
		{name: "6-byte-form-largest", bytes: "\xfd\xbf\xbf\xbf\xbf\xbf"},
		{name: "utf16-byte-order-mark", bytes: "\xfe\xff", reason: true},
		{name: "utf16-byte-order-mark-little", bytes: "\xff\xfe"},
		{name: "latin1", bytes: "caf\xe9!", reason: true},

		// Cut off by the end.
		{name: "cut-2-after-1", bytes: "\xc3", cut: true, reason: true},
		{name: "cut-3-after-1", bytes: "\xe2", cut: true},
		{name: "cut-3-after-2", bytes: "\xe2\x82", cut: true, reason: true},
		{name: "cut-4-after-1", bytes: "\xf0", cut: true},
		{name: "cut-4-after-2", bytes: "\xf0\x9f", cut: true},
		{name: "cut-4-after-3", bytes: "\xf0\x9f\x8c", cut: true, reason: true},
		{name: "cut-E0-before-its-A0", bytes: "\xe0", cut: true},
		{name: "cut-ED-before-its-9F", bytes: "\xed\x9f", cut: true},
		{name: "cut-F4-before-its-8F", bytes: "\xf4\x8f\xbf", cut: true},
	}
	// Bytes that start nothing at all.
	for _, b := range []byte{0xc0, 0xc1, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff} {
		list = append(list, invalidBytes{name: fmt.Sprintf("byte-%02X", b), bytes: string([]byte{b}), reason: b >= 0xfe})
	}
	return list
}
