package terminal

import (
	"strconv"
	"time"
)

// Count writes n with commas between the thousands: 41,248.
func Count[T ~int | ~int64 | ~uint64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	start := 0
	if s[0] == '-' {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural is the number and the noun, with an s unless it is one: "1 channel", "15 channels".
func Plural[T ~int | ~int64 | ~uint64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Duration rounds d to what a person wants to know of it: three digits below a minute, whole seconds above.
func Duration(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return round3(d, time.Millisecond)
	}
	return d.Round(time.Microsecond).String()
}

func round3(d, unit time.Duration) string {
	switch {
	case d >= 100*unit:
		return d.Round(unit).String()
	case d >= 10*unit:
		return d.Round(unit / 10).String()
	}
	return d.Round(unit / 100).String()
}
