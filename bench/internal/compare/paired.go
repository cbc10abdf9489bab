package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Interval is how the second of two things stands to the first, over pairs of measurements.
type Interval struct {
	Ratio      float64 `json:"ratio"` // second / first: 0.96 is 4 % less
	Low        float64 `json:"low"`   // the true ratio lies between Low and High ...
	High       float64 `json:"high"`
	Confidence float64 `json:"confidence"` // ... with this probability, at least 0.95 from 6 pairs on
	Pairs      int     `json:"pairs"`
}

// Wanted is the confidence that an Interval has if there are at least MinPairs.
const (
	Wanted   = 0.95
	MinPairs = 6
)

// Paired compares second with first, pair by pair; both are above 0.
//
// Each pair gives the logarithm of its ratio, so that what both halves of a pair suffered alike, a warm or a busy machine,
// falls out, and twice as much weighs like half as much. The ratio is the Hodges-Lehmann estimate, the median of the means of
// all pairs of these logarithms; the interval is the one of Wilcoxon's signed-rank test, from its exact distribution. Neither
// assumes a normal distribution, only a symmetric one, which the mirrored order of the pairs (A B B A) sees to; one
// wild pair of ten moves them little. With fewer than MinPairs no such interval reaches Wanted: the widest is
// given, with the confidence that it has.
func Paired(first, second []float64) (Interval, error) {
	if len(first) != len(second) || len(first) == 0 {
		return Interval{}, fmt.Errorf("%d values against %d make no pairs", len(first), len(second))
	}
	logs := make([]float64, len(first))
	for i := range first {
		if !(first[i] > 0 && second[i] > 0) {
			return Interval{}, errors.New("a value that is not above 0 has no ratio")
		}
		logs[i] = math.Log(second[i] / first[i])
	}
	means := walsh(logs)
	skip, confidence := ranks(len(logs))
	return Interval{
		Ratio: math.Exp(middle(means)), Low: math.Exp(means[skip]), High: math.Exp(means[len(means)-1-skip]),
		Confidence: confidence, Pairs: len(logs),
	}, nil
}

// walsh is the means of all pairs of values, each with itself too, ascending.
func walsh(v []float64) []float64 {
	means := make([]float64, 0, len(v)*(len(v)+1)/2)
	for i := range v {
		for j := i; j < len(v); j++ {
			means = append(means, (v[i]+v[j])/2)
		}
	}
	slices.Sort(means)
	return means
}

func middle(sorted []float64) float64 {
	m := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[m]
	}
	return (sorted[m-1] + sorted[m]) / 2
}

// ranks says how many Walsh means may be left out at either end of n values' for an interval that is still Wanted sure,
// and how sure it then is.
func ranks(n int) (skip int, confidence float64) {
	// ways[w] counts the subsets of the ranks 1..n that sum up to w: the distribution of the signed-rank statistic if there is
	// no difference, times 2^n.
	ways := make([]float64, n*(n+1)/2+1)
	ways[0] = 1
	for rank := 1; rank <= n; rank++ {
		for w := len(ways) - 1; w >= rank; w-- {
			ways[w] += ways[w-rank]
		}
	}
	outside := func(skip int) float64 { // chance that the truth lies beyond one end or the other
		var sum float64
		for w := range skip + 1 {
			sum += ways[w]
		}
		return 2 * sum / math.Exp2(float64(n))
	}
	for 2*(skip+1) < len(ways)-1 && outside(skip+1) <= 1-Wanted {
		skip++
	}
	return skip, max(1-outside(skip), 0)
}
