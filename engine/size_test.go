//go:build unix && !race && !invariants

package engine

import (
	"testing"
	"unsafe"
)

// A node holds a million of these: a field more is a decision, not an accident.
func TestSizesArePinned(t *testing.T) {
	for _, tc := range []struct {
		name      string
		got, want uintptr
	}{
		{"Conn", unsafe.Sizeof(Conn{}), 80},
		{"tlsSocket, in the size class of 128", unsafe.Sizeof(tlsSocket{}), 120},
		{"gnetSocket, in the size class of 112", unsafe.Sizeof(gnetSocket{}), 112},
	} {
		if tc.got != tc.want {
			t.Errorf("%s has %d bytes, want %d", tc.name, tc.got, tc.want)
		}
	}
}
