package result

import "math"

// Set is one run, or several of the same machine, taken together.
type Set struct {
	Runs     []Run
	Servers  []Server // of all runs, in the order of their first appearance
	Cells    []string // likewise
	Missing  []Missing
	Samples  []Sample // Round counts on from run to run, so a round is never two
	Failures []Failure
	Scales   []Scale
	Millions []Million
	Ends     []End
	Broken   int      // runs without their End: broken off
	Notes    []string // what a reader has to know about the joining
}

// Of returns the samples of a server in a cell that count: not those that noise spoilt and another attempt replaced.
func (s *Set) Of(cell, server string) []*Sample {
	var of []*Sample
	for i := range s.Samples {
		if c := &s.Samples[i]; c.Cell == cell && c.Server == server && !c.Noisy {
			of = append(of, c)
		}
	}
	return of
}

// Spread is the figure of a server in a cell over its rounds. Where figure is NaN nothing was measured,
// and the round does not count.
func (s *Set) Spread(cell, server string, figure func(*Sample) float64) Spread {
	var v []float64
	for _, c := range s.Of(cell, server) {
		if f := figure(c); !math.IsNaN(f) {
			v = append(v, f)
		}
	}
	return SpreadOf(v)
}

// Side is one side of a ratio: a server's figure in a cell.
type Side struct {
	Cell, Server string
	Figure       func(*Sample) float64
}

// Ratio divides a by b within each round that has both, so that what changed between the rounds falls out of it.
func (s *Set) Ratio(a, b Side) Spread {
	below := map[int]float64{}
	for _, c := range s.Of(b.Cell, b.Server) {
		below[c.Round] = b.Figure(c)
	}
	var v []float64
	for _, c := range s.Of(a.Cell, a.Server) {
		if f, d := a.Figure(c), below[c.Round]; !math.IsNaN(f) && d > 0 {
			v = append(v, f/d)
		}
	}
	return SpreadOf(v)
}

// Failed lists the failures of a server in a cell.
func (s *Set) Failed(cell, server string) []Failure {
	var of []Failure
	for _, f := range s.Failures {
		if f.Cell == cell && f.Server == server {
			of = append(of, f)
		}
	}
	return of
}

// Server finds one that took part.
func (s *Set) Server(name string) (Server, bool) {
	for _, v := range s.Servers {
		if v.Name == name {
			return v, true
		}
	}
	return Server{}, false
}

func (s *Set) rounds() int {
	n := 0
	for _, c := range s.Samples {
		n = max(n, c.Round)
	}
	for _, f := range s.Failures {
		n = max(n, f.Round)
	}
	return n
}
