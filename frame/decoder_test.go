package frame_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/weir-ws/weir/frame"
)

var (
	server = frame.Limits{MaxMessage: 1 << 20, MaxFragments: 1024, MinFragment: 32}
	client = frame.Limits{MaxMessage: 1 << 20, MaxFragments: 1024, MinFragment: 32, Client: true}
	rsv1   = frame.Limits{RSV1: true, Client: true}
)

// frames joins frames; masked ones are made by maskedFrame.
func frames(f ...[]byte) []byte { return bytes.Join(f, nil) }

func maskedFrame(fin bool, op frame.Op, payload string) []byte {
	return frame.AppendFrame(nil, frame.Header{Fin: fin, Op: op, Masked: true, Key: [4]byte{0xa1, 0xb2, 0xc3, 0xd4}}, []byte(payload))
}

func plainFrame(fin bool, op frame.Op, payload string) []byte {
	return frame.AppendFrame(nil, frame.Header{Fin: fin, Op: op}, []byte(payload))
}

// decodings is the table of what comes in and what comes out of it. Every input
// is decoded in every chop, and seeds FuzzDecoder.
var decodings = []struct {
	name string
	lim  frame.Limits
	in   []byte
	want got
}{
	{"RFC 6455 5.7: unmasked text", client, []byte{
		0x81,                         // FIN, text
		0x05,                         // length 5
		0x48, 0x65, 0x6c, 0x6c, 0x6f, // "Hello"
	}, got{events: []string{`text false "Hello"`}}},
	{"RFC 6455 5.7: masked text", server, []byte{
		0x81,                   // FIN, text
		0x85,                   // MASK, length 5
		0x37, 0xfa, 0x21, 0x3d, // key
		0x7f, 0x9f, 0x4d, 0x51, 0x58, // "Hello" masked
	}, got{events: []string{`text false "Hello"`}}},
	{"RFC 6455 5.7: fragmented text", client, []byte{
		0x01,             // text, not FIN
		0x03,             // length 3
		0x48, 0x65, 0x6c, // "Hel"
		0x80,       // FIN, continuation
		0x02,       // length 2
		0x6c, 0x6f, // "lo"
	}, got{events: []string{`text false "Hello"`}}},
	{"RFC 6455 5.7: unmasked ping", client, []byte{
		0x89,                         // FIN, ping
		0x05,                         // length 5
		0x48, 0x65, 0x6c, 0x6c, 0x6f, // "Hello"
	}, got{events: []string{`ping false "Hello"`}}},
	{"RFC 6455 5.7: masked pong", server, []byte{
		0x8a,                   // FIN, pong
		0x85,                   // MASK, length 5
		0x37, 0xfa, 0x21, 0x3d, // key
		0x7f, 0x9f, 0x4d, 0x51, 0x58, // "Hello" masked
	}, got{events: []string{`pong false "Hello"`}}},
	{"RFC 6455 5.7: 256 bytes binary", client, frames([]byte{
		0x82,       // FIN, binary
		0x7e,       // 16-bit length follows
		0x01, 0x00, // 256
	}, pattern(256)), got{events: []string{event(frame.OpBinary, false, pattern(256))}}},
	{"RFC 6455 5.7: 64 KiB binary", client, frames([]byte{
		0x82,                   // FIN, binary
		0x7f,                   // 64-bit length follows
		0x00, 0x00, 0x00, 0x00, // 65536, high half
		0x00, 0x01, 0x00, 0x00, // low half
	}, pattern(65536)), got{events: []string{event(frame.OpBinary, false, pattern(65536))}}},
	{"empty text", server, []byte{
		0x81,                   // FIN, text
		0x80,                   // MASK, length 0
		0x37, 0xfa, 0x21, 0x3d, // key
	}, got{events: []string{`text false ""`}}},
	{"message of empty fragments", client, []byte{
		0x02, 0x00, // binary, not FIN, length 0
		0x00, 0x00, // continuation, not FIN, length 0
		0x80, 0x00, // FIN, continuation, length 0
	}, got{events: []string{`binary false ""`}}},
	{"control frames between and after fragments", server, frames(
		maskedFrame(false, frame.OpText, "first,"),
		maskedFrame(true, frame.OpPing, "p1"),
		maskedFrame(false, frame.OpContinuation, "second,"),
		maskedFrame(true, frame.OpPong, ""),
		maskedFrame(true, frame.OpPing, strings.Repeat("x", 125)), // the largest
		maskedFrame(true, frame.OpContinuation, "third"),
		maskedFrame(true, frame.OpClose, "\x03\xe8bye"), // 1000
	), got{events: []string{
		`ping false "p1"`, `pong false ""`, event(frame.OpPing, false, bytes.Repeat([]byte("x"), 125)),
		`text false "first,second,third"`, `close false "\x03\xe8bye"`,
	}}},
	{"several messages in one read", server, frames(
		maskedFrame(true, frame.OpText, "a"),
		maskedFrame(true, frame.OpBinary, "\xff"),
		maskedFrame(false, frame.OpBinary, "b1"),
		maskedFrame(true, frame.OpContinuation, "b2"),
		maskedFrame(true, frame.OpText, "c"),
	), got{events: []string{`text false "a"`, `binary false "\xff"`, `binary false "b1b2"`, `text false "c"`}}},
	{"characters cut by frames, ping in one", server, frames(
		maskedFrame(false, frame.OpText, "\xf0\x9f"),
		maskedFrame(true, frame.OpPing, "\xff"),
		maskedFrame(false, frame.OpContinuation, "\x8c"),
		maskedFrame(false, frame.OpContinuation, ""),
		maskedFrame(true, frame.OpContinuation, "\x8a\xc3\xa9"),
	), got{events: []string{`ping false "\xff"`, "text false \"\U0001f30a\u00e9\""}}},
	{"compressed text is not checked to be UTF-8", rsv1, []byte{
		0x41,       // text, RSV1, not FIN
		0x02,       // length 2
		0xff, 0xfe, // no UTF-8
		0x80, // FIN, continuation, RSV1 unset (RFC 7692 6.1)
		0x01, // length 1
		0xc0, // no UTF-8
		0xc2, // FIN, RSV1, binary
		0x00, // length 0
		0x81, // FIN, text, not compressed: legal after negotiation too
		0x01, // length 1
		0x61, // "a"
	}, got{events: []string{`text true "\xff\xfe\xc0"`, `binary true ""`, `text false "a"`}}},
	{"text after compressed text is checked again", rsv1, []byte{
		0xc1, 0x01, 0xc3, // FIN, RSV1, text, half a character
		0x81, 0x01, 0xa9, // FIN, text, the other half
	}, got{events: []string{`text true "\xc3"`}, status: 1007}},
}

func TestDecoder(t *testing.T) {
	for _, c := range decodings {
		t.Run(c.name, func(t *testing.T) { check(t, c.in, c.lim, c.want) })
	}
}

func TestDecoderAliasesWholePayloads(t *testing.T) {
	var d frame.Decoder
	for name, in := range map[string][]byte{
		"one frame": maskedFrame(true, frame.OpText, "whole"),
		"one frame, behind another": frames(
			maskedFrame(true, frame.OpPing, ""), maskedFrame(true, frame.OpText, "whole")),
		"after empty fragments": frames(
			maskedFrame(false, frame.OpText, ""), maskedFrame(true, frame.OpContinuation, "whole")),
		"control frame": maskedFrame(true, frame.OpPing, "whole"),
	} {
		rest, payload := in, []byte(nil)
		for len(rest) > 0 {
			ev, n, err := d.Next(rest, &server)
			if err != nil {
				t.Fatal(err)
			}
			payload, rest = ev.Payload, rest[n:]
		}
		if string(payload) != "whole" || unsafe.SliceData(payload) != &in[len(in)-len("whole")] {
			t.Errorf("%s: payload %q is not the end of p", name, payload)
		}
		if !d.Idle() {
			t.Errorf("%s: not idle though nothing is held", name)
		}
	}
	// The header came before: what counts is that the payload is whole.
	in := maskedFrame(true, frame.OpBinary, "whole")
	if _, _, err := d.Next(in[:6], &server); err != nil {
		t.Fatal(err)
	}
	ev, _, err := d.Next(in[6:], &server)
	if err != nil || unsafe.SliceData(ev.Payload) != &in[6] {
		t.Errorf("payload alone in p: copied (%v)", err)
	}
}

// The promise about when a payload dies and when the decoder holds nothing.
func TestDecoderIdleAndValidity(t *testing.T) {
	var d frame.Decoder
	next := func(p []byte) frame.Event {
		t.Helper()
		ev, _, err := d.Next(p, &server)
		if err != nil {
			t.Fatal(err)
		}
		return ev
	}
	idle := func(want bool, when string) {
		t.Helper()
		if d.Idle() != want {
			t.Errorf("%s: Idle = %v", when, !want)
		}
	}
	idle(true, "zero value")
	text := maskedFrame(true, frame.OpText, "hello")
	for i := range text {
		next(text[i : i+1])
		idle(false, fmt.Sprintf("after byte %d of a text frame", i))
	}
	next(nil)
	idle(true, "after Next with nothing, behind an assembled message")

	next(maskedFrame(false, frame.OpText, "begun"))
	idle(false, "inside a message, between frames")
	ping := maskedFrame(true, frame.OpPing, "pi")
	next(ping[:7])
	if ev := next(ping[7:]); string(ev.Payload) != "pi" {
		t.Errorf("ping cut in two: %q", ev.Payload)
	}
	next(nil)
	idle(false, "after a ping inside a message")
	ev := next(maskedFrame(true, frame.OpContinuation, " and done"))
	idle(false, "with the payload still valid")
	if string(ev.Payload) != "begun and done" {
		t.Errorf("got %q", ev.Payload)
	}
	next(maskedFrame(true, frame.OpText, "in place"))
	idle(true, "after an in-place message behind an assembled one")

	next(ping[:7])
	next(ping[7:])
	idle(false, "with a cut ping's payload still valid")
	d.Reset()
	idle(true, "after Reset")

	next([]byte{0x81})
	d.Reset()
	idle(true, "after Reset inside a header")
	next(maskedFrame(false, frame.OpText, "\xc3"))
	d.Reset()
	if ev := next(maskedFrame(true, frame.OpText, "fresh")); string(ev.Payload) != "fresh" {
		t.Errorf("after Reset inside a message: %q", ev.Payload)
	}
}

func TestDecoderResetAfterError(t *testing.T) {
	var d frame.Decoder
	if _, _, err := d.Next([]byte{0x83}, &server); err == nil {
		t.Fatal("opcode 3 was taken")
	}
	d.Reset()
	ev, _, err := d.Next(maskedFrame(true, frame.OpText, "again"), &server)
	if err != nil || string(ev.Payload) != "again" {
		t.Errorf("after Reset: %q, %v", ev.Payload, err)
	}
}

func FuzzDecoder(f *testing.F) {
	for i, c := range append(decodings, refusals...) {
		if len(c.in) < 3000 {
			f.Add(c.in, byte(i), byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, knobs, size byte) {
		lim := frame.Limits{
			Client: knobs&1 != 0, RSV1: knobs&2 != 0,
			MaxMessage:   []int64{0, 4, 130, 1000}[knobs>>2&3],
			MaxFragments: int(knobs >> 4 & 3), MinFragment: int(knobs >> 6),
		}
		want := naiveDecode(in, lim)
		var reason string
		for i, parts := range [][][]byte{chop(in, 0), chop(in, int(size)), chop(in, 1)} {
			var d frame.Decoder
			g, r := decode(t, &d, lim, parts)
			d.Reset()
			if !same(g, want) {
				t.Errorf("chop %d of %x:\ngot  %v\nwant %v", i, in, g, want)
			}
			if i > 0 && r != reason {
				t.Errorf("chop %d of %x: reason %q, in one piece %q", i, in, r, reason)
			}
			reason = r
		}
		checkEarly(t, in, lim)
	})
}
