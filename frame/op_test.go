package frame_test

import (
	"testing"

	"github.com/weir-ws/weir/frame"
)

func TestOpKinds(t *testing.T) {
	for _, c := range []struct {
		op                      frame.Op
		data, control, reserved bool
		name                    string
	}{
		{0x0, false, false, false, "continuation"},
		{0x1, true, false, false, "text"},
		{0x2, true, false, false, "binary"},
		{0x3, false, false, true, "reserved(0x3)"},
		{0x7, false, false, true, "reserved(0x7)"},
		{0x8, false, true, false, "close"},
		{0x9, false, true, false, "ping"},
		{0xA, false, true, false, "pong"},
		{0xB, false, true, true, "reserved(0xb)"},
		{0xF, false, true, true, "reserved(0xf)"},
		{0x11, false, false, true, "reserved(0x11)"}, // does not fit four bits
	} {
		if got := c.op.IsData(); got != c.data {
			t.Errorf("%v.IsData() = %v", c.op, got)
		}
		if got := c.op.IsControl(); got != c.control {
			t.Errorf("%v.IsControl() = %v", c.op, got)
		}
		if got := c.op.IsReserved(); got != c.reserved {
			t.Errorf("%v.IsReserved() = %v", c.op, got)
		}
		if got := c.op.String(); got != c.name {
			t.Errorf("Op(%d).String() = %q, want %q", uint8(c.op), got, c.name)
		}
	}
}
