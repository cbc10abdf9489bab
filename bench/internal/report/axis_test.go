package report

import (
	"math"
	"slices"
	"testing"
)

func TestAxes(t *testing.T) {
	for _, c := range []struct {
		scale  scale
		values []float64
		lo, hi float64
		ticks  []float64
	}{
		{linear, []float64{3, 87}, 0, 100, []float64{0, 20, 40, 60, 80, 100}},
		{linear, []float64{0.4, 1.2}, 0, 1.25, []float64{0, .25, .5, .75, 1, 1.25}},
		{linear, []float64{0}, 0, 1, []float64{0, .2, .4, .6, .8, 1}},
		{logarithmic, []float64{0.09, 10}, 0.05, 10, []float64{0.1, 0.3, 1, 3, 10}},
		{logarithmic, []float64{6, 13}, 5, 20, []float64{5, 10, 20}},
		{logarithmic, []float64{10}, 5, 20, []float64{5, 10, 20}},
		{logarithmic, []float64{290, 33000}, 200, 50000, []float64{300, 1000, 3000, 10000, 30000}},
		{logarithmic, []float64{0, -1}, 1, 10, []float64{1, 2, 5, 10}},
		{percentile, []float64{0.2, 0.999}, 0, 0.999, []float64{0.5, 0.9, 0.99, 0.999}},
		{percentile, []float64{1}, 0, 0.9999, []float64{0.5, 0.9, 0.99, 0.999, 0.9999}},
	} {
		a := newAxis(c.scale, c.values, 50, 250)
		if !near(a.lo, c.lo) || !near(a.hi, c.hi) {
			t.Errorf("%v of %v: from %g to %g, want %g to %g", c.scale, c.values, a.lo, a.hi, c.lo, c.hi)
		}
		ticks := a.ticks()
		if !slices.EqualFunc(ticks, c.ticks, near) {
			t.Errorf("%v of %v: ticks %g, want %g", c.scale, c.values, ticks, c.ticks)
		}
		if at := a.at(a.lo); !near(at, 50) {
			t.Errorf("%v: begins at %g", c.values, at)
		}
		if at := a.at(a.hi * 1.5); !near(at, 250) {
			t.Errorf("%v: ends at %g", c.values, at)
		}
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a)) }

// TestLabelsStandClear draws axes over many spans: no two labels may touch, whatever was measured.
func TestLabelsStandClear(t *testing.T) {
	for lo := 1e-3; lo < 1e5; lo *= 1.37 {
		for span := 1.0; span < 1e6; span *= 1.9 {
			a := newAxis(logarithmic, []float64{lo, lo * span}, 90, 286)
			ticks := a.ticks()
			if len(ticks) < 2 {
				t.Errorf("%g to %g: ticks %g", lo, lo*span, ticks)
			}
			for i := 1; i < len(ticks); i++ {
				need := float64(len(a.label(ticks[i-1]))+len(a.label(ticks[i]))) * textWide / 2
				if gap := a.at(ticks[i]) - a.at(ticks[i-1]); gap < need {
					t.Errorf("%g to %g: %s and %s are %g apart", lo, lo*span, a.label(ticks[i-1]), a.label(ticks[i]), gap)
				}
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.08765: "0.0877", 0.5: "0.500", 6.4: "6.40", 12.34: "12.3", 652.4: "652", 1824: "1,820", 24700: "24,700", 1234567: "1,230,000", -1500: "-1,500"} {
		if got := sig(v); got != want {
			t.Errorf("sig(%g) = %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{0.973: "0.97×", 9.994: "9.99×", 9.996: "10.0×", 51.26: "51.3×", 1234: "1,234×"} {
		if got := times(v); got != want {
			t.Errorf("times(%g) = %q, want %q", v, got, want)
		}
	}
	if got := command([]string{"bench", "run", "--server", "uws=./uws -p 1", "it's", ""}); got != `bench run --server 'uws=./uws -p 1' 'it'\''s' ''` {
		t.Errorf("command: %s", got)
	}
}
