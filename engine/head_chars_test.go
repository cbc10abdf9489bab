package engine

import (
	"strings"
	"testing"
)

func TestEqualFold(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"", "", true},
		{"Upgrade", "uPGRADE", true},
		{"a", "", false},
		{"a", "b", false},
		{"[", "{", false}, // differ by 0x20, but are no letters
		{"@", "`", false},
		{"\x00", " ", false},
		{"k", "\u212a", false}, // Kelvin sign
		{"-1:", "-1:", true},
	} {
		if got := equalFold(row.a, row.b); got != row.want {
			t.Errorf("equalFold(%q, %q) = %v", row.a, row.b, got)
		}
	}
	for a := range 128 { // on ASCII it is what the standard library does
		for b := range 128 {
			x, y := string(rune(a)), string(rune(b))
			if got, want := equalFold(x, y), strings.EqualFold(x, y); got != want {
				t.Errorf("equalFold(%q, %q) = %v", x, y, got)
			}
		}
	}
}

func TestSplitHostPort(t *testing.T) {
	for _, row := range []struct{ in, host, port string }{
		{"", "", ""},
		{"a", "a", ""},
		{"a:", "a", ""},
		{"a:80", "a", "80"},
		{":80", "", "80"},
		{"[::1]", "[::1]", ""},
		{"[::1]:80", "[::1]", "80"},
		{"[::1", "[:", "1"}, // no host by validHost
	} {
		if h, p := splitHostPort(row.in); h != row.host || p != row.port {
			t.Errorf("splitHostPort(%q) = %q, %q", row.in, h, p)
		}
	}
}

func TestPortNumber(t *testing.T) {
	for in, want := range map[string]int{"0": 0, "80": 80, "0080": 80, "65535": 65535, "65536": -1, "": -1, "-1": -1, "+1": -1, "1_0": -1, "0x1": -1, "8 ": -1} {
		if got := portNumber(in); got != want {
			t.Errorf("portNumber(%q) = %d, want %d", in, got, want)
		}
	}
}
