package frame_test

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/weir-ws/weir/frame"
)

func TestParseHeader(t *testing.T) {
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	for _, c := range []struct {
		name string
		in   []byte
		want frame.Header
	}{
		{"text, 5 bytes", []byte{
			0x81, // FIN, text
			0x05, // length 5
		}, frame.Header{Fin: true, Op: frame.OpText, Length: 5}},
		{"masked text, 5 bytes", []byte{
			0x81,                   // FIN, text
			0x85,                   // MASK, length 5
			0x37, 0xfa, 0x21, 0x3d, // key
		}, frame.Header{Fin: true, Op: frame.OpText, Masked: true, Key: key, Length: 5}},
		{"all RSV bits, first fragment, empty", []byte{
			0x72, // RSV1, RSV2, RSV3, binary
			0x00, // length 0
		}, frame.Header{RSV: frame.RSV1 | frame.RSV2 | frame.RSV3, Op: frame.OpBinary}},
		{"RSV1 alone", []byte{
			0xc1, // FIN, RSV1, text
			0x7d, // length 125, the longest short form
		}, frame.Header{Fin: true, RSV: frame.RSV1, Op: frame.OpText, Length: 125}},
		{"shortest 16-bit length", []byte{
			0x00,       // continuation
			0x7e,       // 16-bit length follows
			0x00, 0x7e, // 126
		}, frame.Header{Op: frame.OpContinuation, Length: 126}},
		{"longest 16-bit length, masked", []byte{
			0x82,       // FIN, binary
			0xfe,       // MASK, 16-bit length follows
			0xff, 0xff, // 65535
			0x37, 0xfa, 0x21, 0x3d,
		}, frame.Header{Fin: true, Op: frame.OpBinary, Masked: true, Key: key, Length: 65535}},
		{"shortest 64-bit length", []byte{
			0x82,                   // FIN, binary
			0x7f,                   // 64-bit length follows
			0x00, 0x00, 0x00, 0x00, // 65536, high half
			0x00, 0x01, 0x00, 0x00, // low half
		}, frame.Header{Fin: true, Op: frame.OpBinary, Length: 65536}},
		{"longest of all", []byte{
			0x82,                   // FIN, binary
			0xff,                   // MASK, 64-bit length follows
			0x7f, 0xff, 0xff, 0xff, // 2^63-1, high half
			0xff, 0xff, 0xff, 0xff, // low half
			0x37, 0xfa, 0x21, 0x3d,
		}, frame.Header{Fin: true, Op: frame.OpBinary, Masked: true, Key: key, Length: math.MaxInt64}},
		{"largest ping", []byte{
			0x89, // FIN, ping
			0x7d, // length 125
		}, frame.Header{Fin: true, Op: frame.OpPing, Length: 125}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for cut := range len(c.in) {
				if h, n, err := frame.ParseHeader(c.in[:cut]); h != (frame.Header{}) || n != 0 || err != nil {
					t.Errorf("first %d bytes: %+v, %d, %v; want to be asked for more", cut, h, n, err)
				}
			}
			for _, tail := range []string{"", "payload and the next frame"} {
				h, n, err := frame.ParseHeader(append(bytes.Clone(c.in), tail...))
				if h != c.want || n != len(c.in) || err != nil {
					t.Errorf("got  %+v, %d, %v\nwant %+v, %d", h, n, err, c.want, len(c.in))
				}
			}
			if out := frame.AppendHeader([]byte("x"), c.want); !bytes.Equal(out, append([]byte("x"), c.in...)) {
				t.Errorf("AppendHeader made % x, want % x", out[1:], c.in)
			}
		})
	}
}

// Each input is refused with its last byte, and not before.
func TestParseHeaderRefuses(t *testing.T) {
	for name, in := range map[string][]byte{
		"reserved data opcode 3":           {0x83},
		"reserved data opcode 7":           {0x07},
		"reserved control opcode b":        {0x8b},
		"reserved control opcode f":        {0xff},
		"fragmented close":                 {0x08},
		"fragmented ping":                  {0x09},
		"fragmented pong":                  {0x0a},
		"ping of 126 bytes":                {0x89, 0x7e},
		"masked close with 64-bit length":  {0x88, 0xff},
		"0 in 16 bits":                     {0x82, 0x7e, 0x00, 0x00},
		"125 in 16 bits":                   {0x82, 0x7e, 0x00, 0x7d},
		"masked, 125 in 16 bits":           {0x82, 0xfe, 0x00, 0x7d},
		"under 65536 in 64 bits":           {0x82, 0x7f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
		"top bit of 64-bit length":         {0x82, 0x7f, 0x80},
		"top bit of 64-bit length, masked": {0x01, 0xff, 0xff},
	} {
		t.Run(name, func(t *testing.T) {
			last := len(in) - 1
			if _, n, err := frame.ParseHeader(in[:last]); n != 0 || err != nil {
				t.Errorf("refused too early: %d, %v", n, err)
			}
			for _, tail := range []string{"", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"} {
				h, n, err := frame.ParseHeader(append(bytes.Clone(in), tail...))
				var e *frame.Error
				if !errors.As(err, &e) || e.Status != frame.StatusProtocolError || n != 0 || h != (frame.Header{}) {
					t.Errorf("%d bytes behind: got %+v, %d, %v; want a 1002", len(tail), h, n, err)
				}
			}
		})
	}
}

func TestAppendFrame(t *testing.T) {
	payload := []byte("Hello")
	got := frame.AppendFrame(nil, frame.Header{
		Fin: true, Op: frame.OpText, Masked: true, Key: [4]byte{0x37, 0xfa, 0x21, 0x3d}, Length: 99, // not looked at
	}, payload)
	want := []byte{ // RFC 6455 5.7, the masked "Hello"
		0x81,                   // FIN, text
		0x85,                   // MASK, length 5
		0x37, 0xfa, 0x21, 0x3d, // key
		0x7f, 0x9f, 0x4d, 0x51, 0x58, // "Hello" masked
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got % x, want % x", got, want)
	}
	if string(payload) != "Hello" {
		t.Errorf("the payload passed in was changed to %q", payload)
	}
}

func TestAppendHeaderNegativeLengthPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	frame.AppendHeader(nil, frame.Header{Length: -1})
}

func BenchmarkParseHeader(b *testing.B) {
	for name, in := range map[string][]byte{
		"len7":  {0x81, 0x85, 1, 2, 3, 4},
		"len16": {0x81, 0xfe, 0x01, 0x00, 1, 2, 3, 4},
		"len64": {0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, n, err := frame.ParseHeader(in); n != len(in) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}

func BenchmarkAppendHeader(b *testing.B) {
	dst := make([]byte, 0, frame.MaxHeaderSize)
	h := frame.Header{Fin: true, Op: frame.OpText, Length: 300}
	b.ReportAllocs()
	for b.Loop() {
		frame.AppendHeader(dst, h)
	}
}
