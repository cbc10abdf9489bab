package frame_test

import (
	"testing"

	"github.com/weir-ws/weir/frame"
)

func TestRun(t *testing.T) {
	a, b := frame.NewMessage(frame.OpText, []byte("ab")), frame.NewMessage(frame.OpBinary, make([]byte, 200))
	r := frame.NewRun([]*frame.Message{a, b})
	if got := r.Messages(); len(got) != 2 || got[0] != a || got[1] != b {
		t.Errorf("messages %v", got)
	}
	if want := 2 + 2 + 4 + 200; r.Size() != want { // two headers: of 2 bytes, and of 4 with a 16-bit length
		t.Errorf("size %d, want %d", r.Size(), want)
	}
	if r := frame.NewRun(nil); len(r.Messages()) != 0 || r.Size() != 0 {
		t.Errorf("an empty run has %d messages and %d bytes", len(r.Messages()), r.Size())
	}
}
