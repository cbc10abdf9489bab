package frame_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/weir-ws/weir/frame"
)

func TestSlideWindow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 256, 1000} {
		var all, window []byte
		for range 200 {
			p := pattern(r.IntN(size + size/3 + 1))
			all = append(all, p...)
			window = frame.SlideWindow(window, p, size)
			if !bytes.Equal(window, all[max(0, len(all)-size):]) || cap(window) > size {
				t.Fatalf("size %d: %d bytes, %d reserved, after %d", size, len(window), cap(window), len(all))
			}
		}
	}
	if w := frame.SlideWindow(nil, []byte("abc"), 1<<15); cap(w) > 16 {
		t.Errorf("%d bytes are reserved for 3", cap(w))
	}
}
