package run

import (
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
)

// estimate is how long the rest of a run will take: a guess for each cell, corrected by what the samples so far took.
type estimate struct {
	times Times
	cells []*expected
	total int // samples of the plan
	done  int

	guessed, spent time.Duration // of the samples that were taken
}

type expected struct {
	name  string
	guess time.Duration // of one sample
	left  int           // samples
	taken int
	spent time.Duration
}

func newEstimate(p *Plan) *estimate {
	e := &estimate{times: p.Times}
	for _, c := range p.Cells {
		n := len(p.steps(c))
		e.total += n
		e.cells = append(e.cells, &expected{name: c.Name, guess: p.Times.guess(c), left: n})
	}
	return e
}

// guess is how long a sample takes: a server started, warmed and ended, the connections made, and the window.
func (t Times) guess(c cell.Cell) time.Duration {
	d := 400*time.Millisecond + time.Duration(c.Conns)*100*time.Microsecond + t.Warm
	switch c.Kind {
	case cell.Idle:
		return d + 6*t.Settle + t.window(c)
	case cell.Slow: // its window is as long as it takes to send what is owed
		return d + time.Duration(int64(c.Conns)*c.Owed*3/2) // nanoseconds: at 1.5 a byte
	default:
		return d + t.window(c)
	}
}

// window is the length of the measured part of a cell.
func (t Times) window(c cell.Cell) time.Duration {
	if c.Measure > 0 {
		return c.Measure
	}
	return t.Measure
}

// limit is after how long a sample is given up as hung.
func (t Times) limit(c cell.Cell) time.Duration { return time.Minute + 5*t.guess(c) }

// took notes a sample; first says that it was planned, not an attempt at one again.
func (e *estimate) took(c cell.Cell, d time.Duration, first bool) {
	x := e.of(c)
	x.taken++
	x.spent += d
	e.guessed += x.guess
	e.spent += d
	if first {
		x.left--
		e.done++
	}
}

// skip notes a sample that will not be taken.
func (e *estimate) skip(c cell.Cell) {
	e.of(c).left--
	e.done++
}

func (e *estimate) of(c cell.Cell) *expected {
	for _, x := range e.cells {
		if x.name == c.Name {
			return x
		}
	}
	return &expected{}
}

// left is the time that the samples not yet taken will need.
func (e *estimate) left() time.Duration {
	pace := 1.0
	if e.guessed > 0 {
		pace = min(max(float64(e.spent)/float64(e.guessed), 0.3), 3)
	}
	var sum time.Duration
	for _, x := range e.cells {
		each := time.Duration(float64(x.guess) * pace)
		if x.taken > 0 {
			each = x.spent / time.Duration(x.taken)
		}
		sum += each * time.Duration(x.left)
	}
	return sum
}
