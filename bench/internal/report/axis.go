package report

import "math"

// scale is how an axis maps values to units.
type scale int

const (
	linear scale = iota
	logarithmic
	percentile // of quantiles from 0 to 1: each further nine is as wide as the one before
)

// axis maps values between lo and hi to units between from and to.
type axis struct {
	scale    scale
	lo, hi   float64
	from, to float64
}

// textWide is about what a character of a label takes.
const textWide = 7.4

// newAxis spans all of values: from zero where it is linear, to the round numbers outside where it is logarithmic.
func newAxis(sc scale, values []float64, from, to float64) axis {
	a := axis{scale: sc, lo: math.Inf(1), hi: math.Inf(-1), from: from, to: to}
	for _, v := range values {
		if sc == logarithmic && v <= 0 {
			continue
		}
		a.lo, a.hi = min(a.lo, v), max(a.hi, v)
	}
	if math.IsInf(a.lo, 1) {
		a.lo, a.hi = 1, 10
	}
	switch sc {
	case linear:
		a.lo = min(a.lo, 0)
		step := a.step()
		a.hi = math.Max(step, math.Ceil(a.hi/step-1e-9)*step)
	case logarithmic:
		a.lo, a.hi = round125(a.lo, false), round125(a.hi, true)
		if a.lo == a.hi {
			a.lo, a.hi = a.lo/2, a.hi*2
		}
	case percentile:
		a.lo, a.hi = 0, min(max(a.hi, 0.99), 0.9999)
	}
	return a
}

// at is where v stands; what lies outside stands at the end.
func (a axis) at(v float64) float64 {
	v = min(max(v, a.lo), a.hi)
	p := a.warp(v) - a.warp(a.lo)
	return a.from + (a.to-a.from)*p/(a.warp(a.hi)-a.warp(a.lo))
}

func (a axis) warp(v float64) float64 {
	switch a.scale {
	case logarithmic:
		return math.Log10(v)
	case percentile:
		return -math.Log10(1 - v)
	}
	return v
}

// ticks are the values to write at the axis, as many as have room beside each other.
func (a axis) ticks() []float64 {
	switch a.scale {
	case percentile:
		t := []float64{0.5, 0.9, 0.99, 0.999, 0.9999}
		for len(t) > 1 && t[len(t)-1] > a.hi {
			t = t[:len(t)-1]
		}
		return t
	case logarithmic:
		for _, of := range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
			if t := a.decades(of); a.room(t) {
				return t
			}
		}
		return []float64{a.lo, a.hi}
	}
	var t []float64
	step := a.step()
	for v := math.Ceil(a.lo/step) * step; v <= a.hi*1.0001; v += step {
		t = append(t, v)
	}
	return t
}

// decades are the multiples of every power of ten within the axis.
func (a axis) decades(of []float64) []float64 {
	var t []float64
	for p := math.Pow(10, math.Floor(math.Log10(a.lo))); p <= a.hi*1.0001; p *= 10 {
		for _, m := range of {
			if v := p * m; v >= a.lo*0.9999 && v <= a.hi*1.0001 {
				t = append(t, v)
			}
		}
	}
	return t
}

// room says whether the labels of t stand clear of each other, and whether there are two at least.
func (a axis) room(t []float64) bool {
	for i := 1; i < len(t); i++ {
		need := 20.0 // an upright axis
		if a.to > a.from {
			need = float64(len(a.label(t[i-1]))+len(a.label(t[i])))*textWide/2 + 6
		}
		if math.Abs(a.at(t[i])-a.at(t[i-1])) < need {
			return false
		}
	}
	return len(t) > 1
}

// step parts a linear axis into three to five.
func (a axis) step() float64 {
	span := a.hi - a.lo
	if span <= 0 {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(span)))
	for _, m := range []float64{0.2, 0.25, 0.5, 1} {
		if span/(p*m) <= 5 {
			return p * m
		}
	}
	return p * 2
}

// label is a tick's.
func (a axis) label(v float64) string {
	if a.scale == percentile {
		return trim(v*100) + " %"
	}
	return tick(v)
}

func round125(v float64, up bool) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	best := p
	for _, m := range []float64{1, 2, 5, 10} {
		switch {
		case up && p*m >= v*0.9999:
			return p * m
		case !up && p*m <= v*1.0001:
			best = p * m
		}
	}
	return best
}
