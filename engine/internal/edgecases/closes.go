package edgecases

import (
	"fmt"
	"strings"

	"github.com/weir-ws/weir/frame"
)

// Closes are the cases that a close frame decides.
func Closes() (cs []Case) {
	add := func(name string, code frame.Status, in ...[]byte) *Case {
		cs = append(cs, Case{Name: name, Row: RowClose, Input: after(in...), Status: 101, Code: code})
		return &cs[len(cs)-1]
	}
	add("close with 1 byte", 1002, Masked(frame.OpClose, []byte{0x03}))
	for _, code := range []uint16{0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		add(fmt.Sprintf("close with %d", code), 1002, closing(code, ""))
		add(fmt.Sprintf("close with %d and a reason", code), 1002, closing(code, "why"))
	}
	// RFC 6455 5.5.1: "the endpoint typically echos the status code it received".
	for _, code := range []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999} {
		add(fmt.Sprintf("close with %d is legal", code), frame.Status(code), closing(code, "why"))
	}
	add("close without payload is legal", frame.StatusNoStatus, Masked(frame.OpClose, nil))
	add("close with the longest reason is legal", 1000, closing(1000, strings.Repeat("x", 123)))
	add("close behind a message", 1000, text("last words"), closing(1000, "")).Frames = texts("last words")
	add("close inside a message", 1000, part(frame.OpText, "never ends"), closing(1000, ""))
	add("nothing counts behind a close", 1000, closing(1000, ""), text("a"), Masked(frame.OpPing, nil), []byte{0xff, 0xff})
	add("close twice", 1000, closing(1000, ""), closing(1001, ""))
	return cs
}

// Texts are the cases of text that is not UTF-8.
func Texts() (cs []Case) {
	add := func(name string, code frame.Status, in ...[]byte) *Case {
		cs = append(cs, Case{Name: name, Row: RowUTF8, Input: after(in...), Status: 101, Code: code})
		return &cs[len(cs)-1]
	}
	for _, bad := range []struct{ name, s string }{
		{"lone continuation byte", "a\x80b"},
		{"impossible byte", "a\xffb"},
		{"overlong slash", "\xc0\xaf"},
		{"overlong in three bytes", "\xe0\x80\xaf"},
		{"surrogate", "\xed\xa0\x80"},
		{"above U+10FFFF", "\xf4\x90\x80\x80"},
		{"cut at the end", "caf\xc3"},
		{"four bytes, cut at the end", "\xf0\x9f\x98"},
		{"character broken off by a letter", "\xe2\x82a"},
	} {
		add(bad.name, 1007, text(bad.s))
		for i := range len(bad.s) {
			add(fmt.Sprintf("%s, in fragments of %d and %d", bad.name, i, len(bad.s)-i), 1007,
				part(frame.OpText, bad.s[:i]), Masked(frame.OpContinuation, []byte(bad.s[i:])))
		}
		add(bad.name+" in a close reason", 1007, closing(1000, bad.s))
	}
	add("found before the frame ends", 1007, declared(true, frame.OpText, 1000), mask("fine until \xff"))
	add("found before the message ends", 1007, part(frame.OpText, "fine"), declared(false, frame.OpContinuation, 1000), mask("\xfe"))
	add("a later message", 1007, text("good"), text("\xff")).Frames = texts("good")
	const good = "a\x00é€😀\U0010FFFF\uFEFF"
	for i := 1; i < len(good); i++ {
		add(fmt.Sprintf("legal text in fragments of %d and %d", i, len(good)-i), 0,
			part(frame.OpText, good[:i]), Masked(frame.OpContinuation, []byte(good[i:]))).Frames = texts(good)
	}
	add("binary need not be UTF-8", 0, Masked(frame.OpBinary, []byte("\xff\xfe"))).Frames = []Frame{{frame.OpBinary, []byte("\xff\xfe")}}
	return cs
}

// mask is s as the beginning of a payload.
func mask(s string) []byte {
	p := []byte(s)
	frame.Mask(p, key, 0)
	return p
}
