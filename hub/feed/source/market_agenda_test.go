package source

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The heap gives the symbols in the order of a search through all of them.
func TestAgenda(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	a := make(agenda, 37)
	for i := range a {
		a[i] = &symbol{index: i, nextEvent: time.Duration(r.IntN(20)), nextDepth: 1 << 40}
	}
	a.init()
	for range 10_000 {
		first := a[0]
		for _, y := range a {
			if y.due() < first.due() || y.due() == first.due() && y.index < first.index {
				t.Fatalf("%d at %d comes before %d at %d", y.index, y.due(), first.index, first.due())
			}
		}
		first.nextEvent += time.Duration(r.IntN(20))
		a.fix()
	}
}
