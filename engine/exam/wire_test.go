package exam

import (
	"bytes"
	"testing"
)

func TestFrameEncoding(t *testing.T) {
	k := key{1, 2, 3, 4}
	tests := []struct {
		name string
		f    frame
		want []byte
	}{
		{"text", text("Hi!"), []byte{
			0x81,       // FIN, text
			0x83,       // MASK, 3 bytes
			1, 2, 3, 4, // key
			'H' ^ 1, 'i' ^ 2, '!' ^ 3,
		}},
		{"the key of the frame goes first", frame{op: opBinary, payload: []byte{7}, key: &key{9, 9, 9, 9}}, []byte{
			0x82, 0x81, 9, 9, 9, 9, 7 ^ 9,
		}},
		{"unfinished and empty", text("").unfinished(), []byte{0x01, 0x80, 1, 2, 3, 4}},
		{"RSV1 and RSV3", frame{op: opPing, rsv: 5}, []byte{0xd9, 0x80, 1, 2, 3, 4}},
		{"unmasked", frame{op: opContinuation, payload: []byte{5}, unmasked: true}, []byte{0x80, 0x01, 5}},
		{"16-bit form of 1", frame{op: opText, payload: []byte{0}, form: form16}, []byte{
			0x81, 0xfe, // MASK, 126
			0, 1, // length
			1, 2, 3, 4, 0 ^ 1,
		}},
		{"64-bit form of 0", frame{op: opText, form: form64}, []byte{
			0x81, 0xff, // MASK, 127
			0, 0, 0, 0, 0, 0, 0, 0, // length
			1, 2, 3, 4,
		}},
		{"declared length", frame{op: opText, form: form64, declare: 1 << 63}, []byte{
			0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4,
		}},
		{"close", closing(1000, "x"), []byte{0x88, 0x83, 1, 2, 3, 4, 0x03 ^ 1, 0xe8 ^ 2, 'x' ^ 3}},
	}
	for _, tt := range tests {
		if got := tt.f.appendTo(nil, k); !bytes.Equal(got, tt.want) {
			t.Errorf("%s:\n got % x\nwant % x", tt.name, got, tt.want)
		}
	}
}

func TestFrameLengthForms(t *testing.T) {
	for _, tt := range []struct {
		size   int
		second byte // of the encoding, with the mask bit
		header int
	}{
		{0, 0x80, 6}, {125, 0x80 | 125, 6},
		{126, 0xfe, 8}, {65535, 0xfe, 8},
		{65536, 0xff, 14},
	} {
		f := binaryF(make([]byte, tt.size))
		b := f.appendTo(nil, key{})
		if b[1] != tt.second || len(b) != tt.header+tt.size || f.headerSize() != tt.header {
			t.Errorf("%d bytes: second byte %#x, %d in all, header %d; want %#x, %d, %d",
				tt.size, b[1], len(b), f.headerSize(), tt.second, tt.header+tt.size, tt.header)
		}
	}
}

// TestMask compares the fast way with the formula of 5.3.
func TestMask(t *testing.T) {
	k := key{0xde, 0xad, 0xbe, 0xef}
	for n := range 70 {
		got := append([]byte(nil), content(opBinary, n, 0)...)
		maskBytes(got, k)
		for i, b := range content(opBinary, n, 0) {
			if got[i] != b^k[i%4] {
				t.Fatalf("%d bytes: byte %d is %#x, want %#x", n, i, got[i], b^k[i%4])
			}
		}
	}
}
