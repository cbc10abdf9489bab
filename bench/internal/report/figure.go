package report

import (
	"math"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

// figure is one thing that a sample tells. Of is NaN where the sample does not tell it.
type figure struct {
	name, unit string
	higher     bool // more is better
	of         func(*result.Sample) float64
}

func (f figure) better() string {
	if f.higher {
		return "higher is better"
	}
	return "lower is better"
}

func (f figure) format(v float64) string { return sig(v) + " " + f.unit }

func measured(v float64, is bool) float64 {
	if !is {
		return math.NaN()
	}
	return v
}

var (
	cpu = figure{name: "CPU per message", unit: "µs", of: func(s *result.Sample) float64 {
		return measured(s.CPUPerMessage(), s.Messages > 0)
	}}
	memory = figure{name: "memory per connection", unit: "B", of: func(s *result.Sample) float64 {
		return measured(s.BytesPerConnection(), s.Connections > 0 && s.RSSHeld > 0)
	}}
	handshakes = figure{name: "handshakes per CPU second", unit: "/s", higher: true, of: func(s *result.Sample) float64 {
		return measured(s.HandshakesPerCPUSecond(), s.Handshakes > 0 && s.UserCPU+s.SystemCPU > 0)
	}}
	growth = figure{name: "memory growth", unit: "MB", of: func(s *result.Sample) float64 {
		return measured(float64(s.Growth())/1e6, s.RSSPeak > 0)
	}}
	// What became of the stalled readers is told beside the memory: to close them is cheaper than to serve them in the end.
	whole = figure{name: "that got everything, of the stalled", unit: "readers", higher: true, of: func(s *result.Sample) float64 {
		if s.Stalled == nil {
			return math.NaN()
		}
		return float64(s.Stalled.Whole)
	}}
	closed = figure{name: "that were closed, of the stalled", unit: "readers", of: func(s *result.Sample) float64 {
		if s.Stalled == nil {
			return math.NaN()
		}
		return float64(s.Stalled.Closed)
	}}
	p99 = latency("p99 latency", func(l *result.Latency) int64 { return l.P99 })
)

func latency(name string, of func(*result.Latency) int64) figure {
	return figure{name: name, unit: "ms", of: func(s *result.Sample) float64 {
		if s.Latency == nil {
			return math.NaN()
		}
		return float64(of(s.Latency)) / 1e6
	}}
}

// judged lists by what a cell is judged, the chief figure first.
func judged(c cell.Cell) []figure {
	switch c.Kind {
	case cell.Idle:
		return []figure{memory}
	case cell.Storm:
		return []figure{handshakes}
	case cell.Slow:
		if c.Stalled > 0 {
			return []figure{cpu, p99, growth}
		}
		return []figure{cpu, p99}
	}
	if c.Rate > 0 { // only here is latency the server's alone: a closed loop waits for it
		return []figure{cpu, p99}
	}
	return []figure{cpu}
}

// cellsOf are the cells of a set in the order of a full run; those that this program does not know come last.
func cellsOf(s *result.Set) []cell.Cell {
	var of []cell.Cell
	left := map[string]bool{}
	for _, name := range s.Cells {
		left[name] = true
	}
	for _, c := range cell.All() {
		if left[c.Name] {
			of = append(of, c)
			delete(left, c.Name)
		}
	}
	for _, name := range s.Cells {
		if left[name] {
			of = append(of, cell.Cell{Name: name, Title: name, Kind: cell.Fan})
		}
	}
	return of
}
