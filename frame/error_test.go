package frame_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/weir-ws/weir/frame"
)

func TestErrorIsFoundWhenWrapped(t *testing.T) {
	_, _, err := frame.ParseHeader([]byte{0x83}) // FIN, opcode 3
	wrapped := fmt.Errorf("connection 7: %w", err)
	var e *frame.Error
	if !errors.As(wrapped, &e) {
		t.Fatalf("%v holds no *frame.Error", wrapped)
	}
	if e.Status != frame.StatusProtocolError {
		t.Errorf("status %v, want 1002", e.Status)
	}
	const want = "connection 7: websocket: 1002 protocol error: opcode 0x3 is reserved"
	if wrapped.Error() != want {
		t.Errorf("got  %q\nwant %q", wrapped, want)
	}
}
