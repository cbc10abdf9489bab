package terminal

import (
	"testing"
	"time"
)

func TestCount(t *testing.T) {
	for in, want := range map[int]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 41248: "41,248", 100000: "100,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100",
	} {
		if got := Count(in); got != want {
			t.Errorf("Count(%d) = %q, want %q", in, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for in, want := range map[uint64]string{0: "0 gaps", 1: "1 gap", 2000: "2,000 gaps"} {
		if got := Plural(in, "gap"); got != want {
			t.Errorf("Plural(%d) = %q, want %q", in, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for in, want := range map[time.Duration]string{
		0:                                  "0s",
		1234 * time.Nanosecond:             "1µs",
		1234567 * time.Nanosecond:          "1.23ms",
		12345678 * time.Nanosecond:         "12.3ms",
		123456789 * time.Nanosecond:        "123ms",
		1234 * time.Millisecond:            "1.23s",
		12345 * time.Millisecond:           "12.3s",
		346*time.Second + 4*time.Second/10: "5m46s",
	} {
		if got := Duration(in); got != want {
			t.Errorf("Duration(%d) = %q, want %q", in, got, want)
		}
	}
}
