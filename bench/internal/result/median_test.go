package result

import (
	"slices"
	"testing"
)

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want Spread
	}{
		{nil, Spread{}},
		{[]float64{4}, Spread{4, 4, 4, 1}},
		{[]float64{9, 1}, Spread{5, 1, 9, 2}},
		{[]float64{3, 100, 2}, Spread{3, 2, 100, 3}},
		{[]float64{4, 1, 3, 2}, Spread{2.5, 1, 4, 4}},
	} {
		before := slices.Clone(c.in)
		if got := SpreadOf(c.in); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.in, got, c.want)
		}
		if !slices.Equal(before, c.in) {
			t.Errorf("%v became %v", before, c.in)
		}
	}
	s := SpreadOf([]float64{1, 2, 3})
	if !s.Includes(1) || !s.Includes(3) || s.Includes(0.9) || s.Includes(3.1) || (Spread{}).Includes(0) {
		t.Error("what a spread includes")
	}
}
