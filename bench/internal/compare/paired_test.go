package compare

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

// The critical values are those of the printed tables of the signed-rank test, two-sided 5 %: reject at W <= value.
func TestRanksAgainstTheTables(t *testing.T) {
	for n, critical := range map[int]int{6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 12: 13, 15: 25, 20: 52, 25: 89} {
		skip, confidence := ranks(n)
		if skip != critical || confidence < Wanted {
			t.Errorf("%d pairs: %d means left out at each end with confidence %v, the tables say %d", n, skip, confidence, critical)
		}
	}
	for n, want := range map[int]float64{1: 0, 2: 0.5, 3: 0.75, 4: 0.875, 5: 0.9375, 6: 0.96875} {
		if skip, confidence := ranks(n); skip != 0 || !near(confidence, want, 1e-12) {
			t.Errorf("%d pairs: %d left out, confidence %v, want %v", n, skip, confidence, want)
		}
	}
}

func TestPairedWithKnownAnswers(t *testing.T) {
	first := []float64{10, 20, 5, 40, 8, 16, 12, 30, 7, 9}
	times := func(by ...float64) []float64 {
		var second []float64
		for i, v := range first {
			second = append(second, v*by[i%len(by)])
		}
		return second
	}
	got, err := Paired(first, times(0.96))
	if err != nil || !near(got.Ratio, 0.96, 1e-12) || !near(got.Low, 0.96, 1e-12) || !near(got.High, 0.96, 1e-12) || got.Pairs != 10 {
		t.Errorf("4 %% less each time: %+v, %v", got, err)
	}
	if got, _ := Paired(first, times(2, 0.5)); !near(got.Ratio, 1, 1e-12) || got.Low >= 1 || got.High <= 1 {
		t.Errorf("double and half in turn: %+v", got)
	}
	wild := times(0.96)
	wild[3] *= 100
	if got, _ := Paired(first, wild); !near(got.Ratio, 0.96, 0.001) {
		t.Errorf("one wild pair of ten: %+v", got)
	}
	// Turned round, the answer is turned round.
	a, b := times(0.9, 1.05, 0.8), first
	x, _ := Paired(a, b)
	y, _ := Paired(b, a)
	if !near(x.Ratio*y.Ratio, 1, 1e-9) || !near(x.Low*y.High, 1, 1e-9) {
		t.Errorf("%+v and, turned round, %+v", x, y)
	}
}

func TestPairedRefusesWhatIsNoPair(t *testing.T) {
	for _, c := range [][2][]float64{{nil, nil}, {{1}, {1, 2}}, {{0}, {1}}, {{1}, {-1}}, {{math.NaN()}, {1}}} {
		if got, err := Paired(c[0], c[1]); err == nil {
			t.Errorf("%v gave %+v", c, got)
		}
	}
}

// What the interval promises, counted: over many made-up comparisons with a known ratio it holds the truth as often as
// it says. The generator is seeded, so this is the same every time.
func TestTheIntervalHoldsTheTruth(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	const trials, truth = 4000, 0.93
	held := 0
	for range trials {
		var a, b []float64
		for range 10 {
			machine := math.Exp(rnd.NormFloat64()) // hits both halves of a pair
			a = append(a, machine*math.Exp(0.05*rnd.NormFloat64()))
			b = append(b, machine*truth*math.Exp(0.05*rnd.NormFloat64()))
		}
		got, err := Paired(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if got.Low <= truth && truth <= got.High {
			held++
		}
	}
	_, promised := ranks(10)
	if share := float64(held) / trials; !near(share, promised, 0.01) {
		t.Errorf("the truth lay in the interval in %v of all cases, promised is %v", share, promised)
	}
}
