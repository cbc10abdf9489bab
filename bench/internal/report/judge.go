package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weir-ws/weir/bench/internal/result"
)

// Verdict is what became of a target.
type Verdict string

// The verdicts. A target is judged by medians; one of which nothing could be measured is neither reached nor not reached.
const (
	Reached    Verdict = "reached"
	Partly     Verdict = "reached where measured" // something that belongs to the target was not
	NotReached Verdict = "not reached"
	Unknown    Verdict = "not measured"
)

// Outcome is a target and what was measured of it.
type Outcome struct {
	Target, Bound string
	Verdict       Verdict
	Worst         string // the measurement that decides, with its cell and rival
	Range         string // of the rounds of that measurement
	Rounds        int
	Others        string // how many comparisons, which of them failed the target
	Gaps          string // what was not measured, and so is not in the verdict
}

// judge holds a set against every target.
func judge(s *result.Set) []Outcome {
	var out []Outcome
	for _, t := range targets() {
		out = append(out, t.judge(s))
	}
	return append(out, judgeScale(s)...)
}

func (t target) judge(s *result.Set) Outcome {
	o := Outcome{Target: t.text, Bound: t.bound, Verdict: Unknown}
	if _, ok := s.Server(weir); !ok {
		o.Gaps = "weir took no part"
		return o
	}
	rivals := []string{""}
	if t.rivals != nil {
		var missing string
		if rivals, missing = t.rivals(s); len(rivals) == 0 {
			o.Gaps = missing + " took no part" + why(s, missing)
			return o
		}
	}
	var worst result.Spread
	var gaps, failed []string
	n := 0
	for _, c := range t.cells {
		for _, r := range rivals {
			where := strings.TrimSuffix(c+" against "+r, " against ")
			m := t.measure(s, c, r)
			if absent(m) {
				if !slices.Contains(gaps, c) {
					gaps = append(gaps, gap(s, c, where))
				}
				continue
			}
			n++
			if !t.within(m.Median) {
				failed = append(failed, where+" "+t.print(m.Median))
			}
			if absent(worst) || t.worse(m.Median, worst.Median) {
				worst, o.Worst = m, t.print(m.Median)+" in "+where
			}
		}
	}
	gaps = slices.Compact(gaps)
	if len(gaps) > 0 {
		o.Gaps = "not measured: " + strings.Join(gaps, ", ")
	}
	for _, c := range t.cells {
		if f := s.Failed(c, weir); len(f) > 0 {
			failed = append(failed, fmt.Sprintf("weir failed in %s", c))
			n++
		}
	}
	if n == 0 {
		return o
	}
	o.Rounds = worst.N
	o.Range = t.print(worst.Min) + " to " + t.print(worst.Max)
	o.Verdict = Reached
	switch {
	case len(failed) > 0:
		o.Verdict = NotReached
	case len(gaps) > 0:
		o.Verdict = Partly
	}
	switch {
	case n > 1 && len(failed) == 0:
		o.Others = fmt.Sprintf("the worst of %d comparisons", n)
	case n > 1:
		o.Others = fmt.Sprintf("%d of %d comparisons fail: %s", len(failed), n, strings.Join(failed, "; "))
	}
	return o
}

// gap names a cell alone where Weir itself has no figure in it, else the comparison.
func gap(s *result.Set, cell, where string) string {
	if len(s.Of(cell, weir)) == 0 {
		return cell
	}
	return where
}

func why(s *result.Set, name string) string {
	for _, m := range s.Missing {
		if m.Name == name {
			return ": " + m.Reason
		}
	}
	return ""
}
