package run

import (
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
)

func TestEstimateLearns(t *testing.T) {
	slow := cell.Cell{Name: "slow", Kind: cell.Echo}
	fast := cell.Cell{Name: "fast", Kind: cell.Echo}
	p := &Plan{Servers: servers("weir"), Cells: []cell.Cell{slow, fast}, Rounds: 3, Times: Times{Warm: time.Second, Measure: 600 * time.Millisecond}}
	e := newEstimate(p) // 2 s each
	if e.total != 6 || e.left() != 12*time.Second {
		t.Fatalf("%d samples, %v left", e.total, e.left())
	}
	e.took(slow, 4*time.Second, true)
	// The two of the same cell will take as long; the others twice what was guessed.
	if got, want := e.left(), 2*4*time.Second+3*4*time.Second; got != want {
		t.Errorf("%v left, want %v", got, want)
	}
	e.took(slow, 4*time.Second, false) // an attempt again uses up no planned sample
	if got, want := e.left(), 20*time.Second; got != want {
		t.Errorf("%v left after an attempt, want %v", got, want)
	}
	e.skip(slow)
	e.took(slow, 4*time.Second, true)
	for range 3 {
		e.took(fast, time.Second, true)
	}
	if e.left() != 0 || e.done != 6 {
		t.Errorf("%v left after %d of %d", e.left(), e.done, e.total)
	}
}

func TestEstimateKeepsItsHead(t *testing.T) {
	c, other := cell.Cell{Name: "a"}, cell.Cell{Name: "b"}
	p := &Plan{Servers: servers("weir"), Cells: []cell.Cell{c, other}, Rounds: 1, Times: Times{Measure: 600 * time.Millisecond}}
	e := newEstimate(p) // 1 s each
	e.took(c, time.Hour, true)
	if got := e.left(); got != 3*time.Second {
		t.Errorf("one sample that hung for an hour makes the other %v", got)
	}
}
