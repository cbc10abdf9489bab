package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// sig prints v with three significant digits, thousands parted by commas.
func sig(v float64) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(v))))
	if digits < 0 {
		p := math.Pow(10, float64(-digits))
		return thousands(strconv.FormatFloat(math.Round(v/p)*p, 'f', 0, 64))
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

func thousands(s string) string {
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// tick prints a round number of an axis as short as it goes.
func tick(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e6:
		return trim(v/1e6) + "M"
	case a >= 1e4:
		return trim(v/1e3) + "k"
	default:
		return trim(v)
	}
}

func trim(v float64) string { return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64) }

// times prints a ratio. Two decimals below ten, because 0.97 and 1.03 are different answers.
func times(v float64) string {
	switch {
	case v < 9.995:
		return fmt.Sprintf("%.2f×", v)
	case v < 99.95:
		return fmt.Sprintf("%.1f×", v)
	}
	return thousands(fmt.Sprintf("%.0f", v)) + "×"
}

func count(n int64) string { return thousands(strconv.FormatInt(n, 10)) }

// plural is "1 round", "3 rounds".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// list joins words as a sentence does.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
