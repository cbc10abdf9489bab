package frame_test

import (
	"testing"

	"github.com/weir-ws/weir/frame"
)

// TestTakeTiny counts the fragments that a flood is made of: short pieces of messages, not short messages.
func TestTakeTiny(t *testing.T) {
	lim := &frame.Limits{MinFragment: 4, Client: true}
	for _, tc := range []struct {
		name string
		in   []byte
		want int
	}{
		{"a short message in one frame", []byte{0x81, 1, 'a'}, 0},
		{"a ping", []byte{0x89, 0}, 0},
		{"an empty start and an empty end", []byte{
			0x01, 0, // FIN=0 text, empty
			0x80, 0, // FIN=1 continuation, empty
		}, 2},
		{"a fair-sized start, a short end", []byte{
			0x02, 4, 1, 2, 3, 4, // FIN=0 binary, 4 bytes: MinFragment
			0x80, 3, 5, 6, 7, // FIN=1 continuation, 3 bytes
		}, 1},
		{"two messages of short fragments", []byte{
			0x01, 1, 'a', 0x00, 1, 'b', 0x80, 1, 'c',
			0x01, 0, 0x80, 0,
		}, 5},
	} {
		var d frame.Decoder
		got := 0
		for p := append([]byte(nil), tc.in...); len(p) > 0; {
			_, n, err := d.Next(p, lim)
			if err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			p = p[n:]
			got += d.TakeTiny()
		}
		if got != tc.want {
			t.Errorf("%s: %d tiny fragments, want %d", tc.name, got, tc.want)
		}
		if again := d.TakeTiny(); again != 0 {
			t.Errorf("%s: TakeTiny gave %d a second time", tc.name, again)
		}
	}
}
