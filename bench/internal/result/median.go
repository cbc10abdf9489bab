package result

import "slices"

// Spread is what several rounds of one measurement came to.
type Spread struct {
	Median, Min, Max float64
	N                int // rounds; 0 says that nothing was measured, and the rest is 0
}

// Median is the middle value, the mean of the two middle ones of an even number, 0 of none. It leaves values as they are.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	if m := len(v) / 2; len(v)%2 == 1 {
		return v[m]
	} else {
		return (v[m-1] + v[m]) / 2
	}
}

// SpreadOf is the median of values and how far they lie apart.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	return Spread{Median: Median(values), Min: slices.Min(values), Max: slices.Max(values), N: len(values)}
}

// Includes says whether v lies within what the rounds gave.
func (s Spread) Includes(v float64) bool { return s.N > 0 && s.Min <= v && v <= s.Max }
