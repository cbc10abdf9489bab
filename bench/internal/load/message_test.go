package load

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestAMessageProvesItself(t *testing.T) {
	for _, size := range []int{MinSize, 64, 125, 126, 1024, 70_000} {
		c := newCoder(size)
		frame := c.appendServer(nil, 7, 1234, 5)
		if len(frame) != c.wire {
			t.Fatalf("%d bytes: a frame of %d and not %d", size, len(frame), c.wire)
		}
		payload := frame[len(frame)-size:]
		if seq, due, conn, ok := c.genuine(payload); !ok || seq != 7 || due != 1234 || conn != 5 {
			t.Errorf("%d bytes: %d %d %d %v", size, seq, due, conn, ok)
		}
		for range 200 {
			bit := rand.IntN(size * 8)
			payload[bit/8] ^= 1 << (bit % 8)
			if _, _, _, ok := c.genuine(payload); ok {
				t.Errorf("%d bytes: with bit %d turned it still is a message", size, bit)
			}
			payload[bit/8] ^= 1 << (bit % 8)
		}
		masked := c.appendClient(nil, 7, 1234, 5)
		key, body := masked[len(c.masked)-4:len(c.masked)], masked[len(c.masked):]
		for i := range body {
			body[i] ^= key[i%4]
		}
		if !bytes.Equal(body, payload) {
			t.Errorf("%d bytes: the client's frame holds something else", size)
		}
	}
}
