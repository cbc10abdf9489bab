package frame_test

import (
	"testing"

	"github.com/weir-ws/weir/frame"
)

// naiveSendable is the close row of what arrives and what it gets, as a list.
func naiveSendable(code int) bool {
	for _, ok := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014} {
		if code == ok {
			return true
		}
	}
	return code/1000 == 3 || code/1000 == 4
}

func TestStatusSendable(t *testing.T) {
	for code := range 0x10000 {
		if got, want := frame.Status(code).Sendable(), naiveSendable(code); got != want {
			t.Errorf("Status(%d).Sendable() = %v, want %v", code, got, want)
		}
	}
}

func TestStatusString(t *testing.T) {
	seen := map[string]bool{}
	for s := frame.StatusNormal; s <= frame.StatusTLS; s++ {
		if s == 1004 { // reserved, no meaning
			continue
		}
		name := s.String()
		if len(name) < len("1000 x") || seen[name[5:]] {
			t.Errorf("%d has no name of its own: %q", uint16(s), name)
		}
		seen[name[5:]] = true
	}
	for s, want := range map[frame.Status]string{
		frame.StatusTooBig: "1009 message too big",
		3000:               "3000 unauthorized",
		1004:               "1004",
		4321:               "4321",
	} {
		if got := s.String(); got != want {
			t.Errorf("Status(%d).String() = %q, want %q", uint16(s), got, want)
		}
	}
}
