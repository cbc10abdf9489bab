package frame_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/weir-ws/weir/frame"
)

// refusals are the rows of "Frames: what arrives, and what it gets" that the
// decoder decides.
var refusals = []struct {
	name string
	lim  frame.Limits
	in   []byte
	want got
}{
	{"unmasked frame from a client", server, []byte{
		0x81, // FIN, text
		0x05, // no MASK, length 5
	}, got{status: 1002}},
	{"masked frame from a server", client, []byte{
		0x81, // FIN, text
		0x85, // MASK, length 5
	}, got{status: 1002}},
	{"RSV1, nothing negotiated", server, []byte{0xc1 /* FIN, RSV1, text */}, got{status: 1002}},
	{"RSV2", rsv1, []byte{0xa1 /* FIN, RSV2, text */}, got{status: 1002}},
	{"RSV3", rsv1, []byte{0x92 /* FIN, RSV3, binary */}, got{status: 1002}},
	{"RSV1 and RSV2", rsv1, []byte{0xe1 /* FIN, RSV1, RSV2, text */}, got{status: 1002}},
	{"RSV1 on a ping", rsv1, []byte{0xc9 /* FIN, RSV1, ping */}, got{status: 1002}},
	{"RSV1 on a continuation", rsv1, []byte{
		0x41, 0x01, 0x00, // text, RSV1, not FIN, 1 byte
		0xc0, // FIN, RSV1, continuation
	}, got{status: 1002}},
	{"reserved opcode", server, []byte{0x83 /* FIN, 3 */}, got{status: 1002}},
	{"reserved control opcode", server, []byte{0x8b /* FIN, 11 */}, got{status: 1002}},
	{"length not minimal, 16 bits", server, []byte{
		0x82,       // FIN, binary
		0xfe,       // MASK, 16-bit length follows
		0x00, 0x7d, // 125
	}, got{status: 1002}},
	{"length not minimal, 64 bits", server, []byte{
		0x82,                               // FIN, binary
		0xff,                               // MASK, 64-bit length follows
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, // under 65536 whatever follows
	}, got{status: 1002}},
	{"64-bit length with the top bit", server, []byte{
		0x82, // FIN, binary
		0xff, // MASK, 64-bit length follows
		0x80, // 2^63 or more
	}, got{status: 1002}},
	{"ping over 125 bytes", server, []byte{
		0x89, // FIN, ping
		0xfe, // MASK, 16-bit length follows
	}, got{status: 1002}},
	{"fragmented close", server, []byte{0x08 /* close, not FIN */}, got{status: 1002}},
	{"continuation without a start", server, []byte{0x80 /* FIN, continuation */}, got{status: 1002}},
	{"continuation after a finished message", server, frames(
		maskedFrame(false, frame.OpText, "a"), maskedFrame(true, frame.OpContinuation, "b"),
		[]byte{0x00 /* continuation */},
	), got{events: []string{`text false "ab"`}, status: 1002}},
	{"new message inside a message", server, frames(
		maskedFrame(false, frame.OpText, "a"), maskedFrame(true, frame.OpPing, "p"),
		[]byte{0x82 /* FIN, binary */},
	), got{events: []string{`ping false "p"`}, status: 1002}},

	{"bad byte in the first of a hundred", client, []byte{
		0x81, 0x64, // FIN, text, 100 bytes
		0xff, // 99 are missing
	}, got{status: 1007}},
	{"bad byte in an unfinished message", client, frames(
		plainFrame(false, frame.OpText, "fine"),
		[]byte{
			0x00, 0x05, // continuation, not FIN, 5 bytes
			0x61, 0xed, 0xa0, // "a", a surrogate
		},
	), got{status: 1007}},
	{"character cut by a frame goes on wrongly", client, frames(
		plainFrame(false, frame.OpText, "\xe2\x82"), plainFrame(true, frame.OpContinuation, "x"),
	), got{status: 1007}},
	{"message ends inside a character", client, plainFrame(true, frame.OpText, "a\xe2\x82"), got{status: 1007}},
	{"message ends inside a character, empty last frame", client, frames(
		plainFrame(false, frame.OpText, "\xc3"), plainFrame(true, frame.OpContinuation, ""),
	), got{status: 1007}},
	{"no room left for the character", client, []byte{
		0x81, 0x03, // FIN, text, 3 bytes
		0x61, 0xf0, // "a", and one of four with one to come
	}, got{status: 1007}},
	{"good message, then a bad one", server, frames(
		maskedFrame(true, frame.OpText, "ok"), maskedFrame(true, frame.OpText, "\xc0\xaf"),
	), got{events: []string{`text false "ok"`}, status: 1007}},

	{"declared over the limit", frame.Limits{MaxMessage: 4}, []byte{
		0x82,       // FIN, binary
		0x85,       // MASK, length 5
		0, 0, 0, 0, // key, and not a byte of payload
	}, got{status: 1009}},
	{"accumulated over the limit", frame.Limits{MaxMessage: 4, Client: true}, []byte{
		0x02, 0x02, 1, 2, // binary, not FIN, 2 bytes
		0x00, 0x02, 3, 4, // continuation, 2 bytes
		0x80, 0x01, // FIN, continuation, 1 byte: 5 in all
	}, got{status: 1009}},
	{"the limit itself is allowed, and control frames are apart", frame.Limits{MaxMessage: 4, Client: true}, []byte{
		0x02, 0x02, 1, 2, // binary, not FIN, 2 bytes
		0x89, 0x05, 1, 2, 3, 4, 5, // FIN, ping, 5 bytes
		0x80, 0x02, 3, 4, // FIN, continuation, 2 bytes
		0x82, 0x04, 1, 2, 3, 4, // FIN, binary, 4 bytes: the sum starts anew
		0x82, 0x05, // FIN, binary, 5 bytes
	}, got{events: []string{
		`ping false "\x01\x02\x03\x04\x05"`, `binary false "\x01\x02\x03\x04"`, `binary false "\x01\x02\x03\x04"`,
	}, status: 1009}},
	{"fragments are counted for each message apart", frame.Limits{MaxFragments: 2, MinFragment: 2, Client: true}, []byte{
		0x02, 0x00, // binary, not FIN, empty
		0x80, 0x00, // FIN, continuation, empty
		0x02, 0x01, 1, // binary, not FIN, 1 byte
		0x80, 0x01, 2, // FIN, continuation, 1 byte
		0x02, 0x00, // binary, not FIN, empty
		0x00, 0x00, // continuation, not FIN, empty
		0x80, 0x05, // FIN, continuation, 5 bytes: the third, 1.67 on average
	}, got{events: []string{`binary false ""`, `binary false "\x01\x02"`}, status: 1008}},
	{"sum of lengths over 2^63, no limit", frame.Limits{Client: true}, []byte{
		0x02, 0x01, 1, // binary, not FIN, 1 byte
		0x80, 0x7f, // FIN, continuation, 64-bit length follows
		0x7f, 0xff, 0xff, 0xff, // 2^63-1, high half
		0xff, 0xff, 0xff, 0xff, // low half
	}, got{status: 1009}},
	{"sum of lengths over 2^63, largest limit", frame.Limits{MaxMessage: math.MaxInt64, Client: true}, []byte{
		0x02, 0x01, 1, // binary, not FIN, 1 byte
		0x80, 0x7f, // FIN, continuation, 64-bit length follows
		0x7f, 0xff, 0xff, 0xff, // 2^63-1, high half
		0xff, 0xff, 0xff, 0xff, // low half
	}, got{status: 1009}},
}

func TestDecoderRefuses(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) { check(t, c.in, c.lim, c.want) })
	}
}

// A message of n frames with size bytes each, unmasked, and what it says.
func fragments(n, size int) (in []byte, message string) {
	part := strings.Repeat("f", size)
	for i := range n {
		op := frame.OpContinuation
		if i == 0 {
			op = frame.OpBinary
		}
		in = append(in, plainFrame(i == n-1, op, part)...)
	}
	return in, strings.Repeat(part, n)
}

func TestDecoderFragmentLimit(t *testing.T) {
	for _, c := range []struct {
		name    string
		n, size int
		lim     frame.Limits
		refused bool
	}{
		{"1024 empty", 1024, 0, client, false},
		{"1025 empty", 1025, 0, client, true},
		{"1024 of 1 byte", 1024, 1, client, false},
		{"1025 of 31 bytes", 1025, 31, client, true},
		{"1025 of 32 bytes", 1025, 32, client, false},
		{"5000 of 32 bytes", 5000, 32, client, false},
		{"65,536 of 64 bytes", 65536, 64, frame.Limits{MaxMessage: 4 << 20, MaxFragments: 1024, MinFragment: 32, Client: true}, false},
		{"5000 empty without a limit", 5000, 0, frame.Limits{Client: true}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, message := fragments(c.n, c.size)
			want := got{events: []string{event(frame.OpBinary, false, []byte(message))}}
			if c.refused {
				want = got{status: 1008}
			}
			for _, size := range []int{0, 7, 1000} {
				var d frame.Decoder
				if g, reason := decode(t, &d, c.lim, chop(in, size)); !same(g, want) {
					t.Errorf("in pieces of %d: status %d (%s), %d events", size, g.status, reason, len(g.events))
				}
				d.Reset()
			}
		})
	}
	// Uneven: 1024 of 1 byte are paid for by one long last one.
	in, message := fragments(1025, 1)
	in = in[:len(in)-3]
	long := bytes.Repeat([]byte("l"), 32*1025-1024)
	in = append(in, plainFrame(true, frame.OpContinuation, string(long))...)
	var d frame.Decoder
	g, reason := decode(t, &d, client, chop(in, 0))
	if want := event(frame.OpBinary, false, append([]byte(message[:1024]), long...)); len(g.events) != 1 || g.events[0] != want {
		t.Errorf("an average of exactly 32 was refused: %d %s", g.status, reason)
	}
}
