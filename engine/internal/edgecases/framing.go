package edgecases

import (
	"slices"
	"strings"

	"github.com/weir-ws/weir/frame"
)

// Framing are the cases that one or two frame headers decide.
func Framing() (cs []Case) {
	add := func(row, name string, code frame.Status, in ...[]byte) *Case {
		cs = append(cs, Case{Name: name, Row: row, Input: after(in...), Status: 101, Code: code})
		return &cs[len(cs)-1]
	}

	add(RowMaskRSV, "unmasked text", 1002, []byte{
		0x81, // FIN, text
		0x02, // no MASK, length 2
		'h', 'i'})
	add(RowMaskRSV, "unmasked ping", 1002, []byte{
		0x89, // FIN, ping
		0x00, // no MASK, length 0
	})
	add(RowMaskRSV, "unmasked close", 1002, []byte{
		0x88, // FIN, close
		0x02, // no MASK, length 2
		0x03, 0xe8})
	add(RowMaskRSV, "unmasked, behind a good message", 1002, text("good"), []byte{0x82, 0x00}).Frames = texts("good")
	for _, r := range []struct {
		name string
		b0   byte
	}{
		{"RSV1 on text", 0xc1},      // FIN RSV1 text
		{"RSV1 on binary", 0xc2},    // FIN RSV1 binary
		{"RSV1 on a ping", 0xc9},    // FIN RSV1 ping
		{"RSV1 on a close", 0xc8},   // FIN RSV1 close
		{"RSV2 on text", 0xa1},      // FIN RSV2 text
		{"RSV3 on text", 0x91},      // FIN RSV3 text
		{"all RSV on text", 0xf1},   // FIN RSV1-3 text
		{"RSV2 on a pong", 0xaa},    // FIN RSV2 pong
		{"RSV1, not final", 0x41},   // RSV1 text
		{"RSV3 on a start", 0x12},   // RSV3 binary
		{"RSV2 on a close", 0xa8},   // FIN RSV2 close
		{"RSV1 and RSV2 on ", 0xe2}, // FIN RSV1 RSV2 binary
	} {
		add(RowMaskRSV, strings.TrimSpace(r.name), 1002, []byte{
			r.b0,
			0x80,       // MASK, length 0
			0, 0, 0, 0, // key
		})
	}
	add(RowMaskRSV, "RSV1 on a continuation", 1002, part(frame.OpText, "a"), []byte{
		0xc0,       // FIN, RSV1, continuation
		0x80,       // MASK, length 0
		0, 0, 0, 0, // key
	})

	for _, op := range []byte{3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf} {
		add(RowHeader, "reserved opcode "+frame.Op(op).String(), 1002, []byte{
			0x80 | op,
			0x80,       // MASK, length 0
			0, 0, 0, 0, // key
		})
	}
	add(RowHeader, "length 125 in 16 bits", 1002, []byte{
		0x82,       // FIN, binary
		0x80 | 126, // MASK, 16 bits of length follow
		0x00, 0x7d, // 125
		0, 0, 0, 0}) // key
	add(RowHeader, "length 0 in 16 bits", 1002, []byte{0x82, 0x80 | 126, 0, 0, 0, 0, 0, 0})
	add(RowHeader, "length 65535 in 64 bits", 1002, []byte{
		0x82,                               // FIN, binary
		0x80 | 127,                         // MASK, 64 bits of length follow
		0, 0, 0, 0, 0x00, 0x00, 0xff, 0xff, // 65535
		0, 0, 0, 0}) // key
	add(RowHeader, "length 5 in 64 bits", 1002, []byte{0x81, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0})
	add(RowHeader, "top bit of a 64-bit length", 1002, []byte{
		0x82,                         // FIN, binary
		0x80 | 127,                   // MASK, 64 bits of length follow
		0x80, 0, 0, 0, 0, 0, 0, 0x01, // 2^63 + 1
		0, 0, 0, 0}) // key
	add(RowHeader, "shortest 16-bit length is legal", 0, text(strings.Repeat("x", 126))).Frames = texts(strings.Repeat("x", 126))
	add(RowHeader, "longest 7-bit length is legal", 0, text(strings.Repeat("x", 125))).Frames = texts(strings.Repeat("x", 125))

	long := slices.Repeat([]byte{'p'}, 126)
	add(RowOrder, "ping of 126 bytes", 1002, Masked(frame.OpPing, long))
	add(RowOrder, "pong of 126 bytes", 1002, Masked(frame.OpPong, long))
	add(RowOrder, "close of 126 bytes", 1002, Masked(frame.OpClose, long))
	add(RowOrder, "ping with a 64-bit length", 1002, []byte{0x89, 0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	add(RowOrder, "fragmented ping", 1002, part(frame.OpPing, ""))
	add(RowOrder, "fragmented pong", 1002, part(frame.OpPong, ""))
	add(RowOrder, "fragmented close", 1002, part(frame.OpClose, ""))
	add(RowOrder, "continuation without a start", 1002, Masked(frame.OpContinuation, []byte("a")))
	add(RowOrder, "unfinished continuation without a start", 1002, part(frame.OpContinuation, "a"))
	add(RowOrder, "continuation behind a finished message", 1002, text("a"), Masked(frame.OpContinuation, nil)).Frames = texts("a")
	add(RowOrder, "text inside a message", 1002, part(frame.OpText, "a"), text("b"))
	add(RowOrder, "binary inside a text message", 1002, part(frame.OpText, "a"), Masked(frame.OpBinary, nil))
	add(RowOrder, "start inside a message", 1002, part(frame.OpBinary, "a"), part(frame.OpBinary, "b"))
	ok := add(RowOrder, "control frames between fragments are legal", 0, part(frame.OpText, "a"), Masked(frame.OpPing, long[:125]),
		part(frame.OpContinuation, "b"), Masked(frame.OpPong, nil), Masked(frame.OpContinuation, []byte("c")))
	ok.Frames = append([]Frame{{frame.OpPong, long[:125]}}, texts("abc")...)
	return cs
}
