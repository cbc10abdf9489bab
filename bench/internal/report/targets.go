package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/weir-ws/weir/bench/internal/result"
)

// target is a line of the table of where Weir has to be. It compares Weir with each rival in each cell, and the worst decides.
type target struct {
	cells  []string
	text   string
	bound  string // as it is printed: "≤ 1.1"
	within func(v float64) bool
	worse  func(a, b float64) bool // a is further from the target than b

	// measure gives what is judged in a cell against a rival (empty where there is none): a ratio, or a figure with its unit.
	measure func(s *result.Set, cell, rival string) result.Spread
	print   func(v float64) string
	rivals  func(s *result.Set) (names []string, missing string) // nil: none needed
}

// within's kinds: most of a thing, least of a thing.
func atMost(t target, limit float64) target {
	t.bound, t.within = fmt.Sprintf("≤ %s", t.print(limit)), func(v float64) bool { return v <= limit }
	t.worse = func(a, b float64) bool { return a > b }
	return t
}

func atLeast(t target, limit float64) target {
	t.bound, t.within = fmt.Sprintf("≥ %s", t.print(limit)), func(v float64) bool { return v >= limit }
	t.worse = func(a, b float64) bool { return a < b }
	return t
}

func below(t target, limit float64) target {
	t = atMost(t, limit)
	t.bound, t.within = fmt.Sprintf("< %s", t.print(limit)), func(v float64) bool { return v < limit }
	return t
}

var (
	fanW1  = []string{"fan/1k/w1", "fan/10k/w1", "fan/18k/w1"}
	bursts = []string{"fan/1k/w8", "fan/10k/w8", "fan/18k/w8", "burst/10", "burst/100"}
	echoes = []string{"echo/200/128b/d1", "echo/200/128b/d16", "echo/200/1k/d1", "echo/200/1k/d16",
		"echo/2000/128b/d1", "echo/2000/128b/d16", "echo/2000/1k/d1", "echo/2000/1k/d16"}
)

// targets is the last table of BENCH.md, as far as a run measures it. What a million connections cost is measured by other commands.
func targets() []target {
	return []target{
		atMost(target{text: "Fan-out, one in flight: CPU against the bare write loop", cells: fanW1, measure: ofRival, print: exact, rivals: named("bare")}, 1.1),
		atMost(target{text: "Fan-out, one in flight: CPU against every goroutine-per-connection rival", cells: fanW1, measure: ofRival, print: exact, rivals: goroutines}, 0.8),
		atMost(target{text: "Fan-out, 8 in flight, and bursts: CPU against Bun", cells: bursts, measure: ofRival, print: exact, rivals: named("bun")}, 1.0),
		atMost(target{text: "Fan-out, 8 in flight, and bursts: CPU against uWebSockets", cells: bursts, measure: ofRival, print: exact, rivals: named("uws")}, 1.0),
		atMost(target{text: "Fan-out, 8 in flight, and bursts: CPU against the coalescing bare loop", cells: bursts, measure: ofRival, print: exact, rivals: named("bare-coalesced", "bare")}, 1.25),
		atLeast(target{text: "Fan-out, 8 in flight, and bursts: times better than every goroutine-per-connection rival", cells: bursts, measure: overWeir, print: exact, rivals: goroutines}, 8),
		atMost(target{text: "A burst of 100 over 100 channels: CPU against the same over one", cells: []string{"burst/100/channels"}, print: exact, measure: overOwn("burst/100", cpu)}, 1.3),
		atMost(target{text: "Echo: CPU against uWebSockets", cells: echoes, measure: ofRival, print: exact, rivals: named("uws")}, 1.1),
		below(target{text: "Echo: CPU against every Go rival, at every depth", cells: echoes, measure: ofRival, print: exact, rivals: goServers}, 1.0),
		atMost(target{text: "Idle: memory per connection", cells: []string{"idle/18k"}, print: memory.format, measure: own(memory)}, 700),
		atMost(target{text: "Slow: p99 of the healthy with 50 of 1,000 stalled, against none stalled", cells: []string{"slow/50"}, print: exact, measure: overOwn("slow/none", p99)}, 1.3),
		atMost(target{text: "Slow: memory growth with 50 stalled readers", cells: []string{"slow/50"}, print: growth.format, measure: own(growth)}, 12),
		atLeast(target{text: "Storm: handshakes per CPU second against uWebSockets", cells: []string{"storm"}, print: exact, rivals: named("uws"),
			measure: func(s *result.Set, cell, rival string) result.Spread {
				return s.Ratio(result.Side{Cell: cell, Server: weir, Figure: handshakes.of}, result.Side{Cell: cell, Server: rival, Figure: handshakes.of})
			}}, 1.0),
	}
}

// ofRival is Weir's CPU per message as a part of the rival's.
func ofRival(s *result.Set, cell, rival string) result.Spread {
	return s.Ratio(result.Side{Cell: cell, Server: weir, Figure: cpu.of}, result.Side{Cell: cell, Server: rival, Figure: cpu.of})
}

// overWeir is the rival's CPU per message as a multiple of Weir's.
func overWeir(s *result.Set, cell, rival string) result.Spread {
	return s.Ratio(result.Side{Cell: cell, Server: rival, Figure: cpu.of}, result.Side{Cell: cell, Server: weir, Figure: cpu.of})
}

func own(f figure) func(*result.Set, string, string) result.Spread {
	return func(s *result.Set, cell, _ string) result.Spread { return s.Spread(cell, weir, f.of) }
}

func overOwn(base string, f figure) func(*result.Set, string, string) result.Spread {
	return func(s *result.Set, cell, _ string) result.Spread {
		return s.Ratio(result.Side{Cell: cell, Server: weir, Figure: f.of}, result.Side{Cell: base, Server: weir, Figure: f.of})
	}
}

// named wants the first of names that took part.
func named(names ...string) func(*result.Set) ([]string, string) {
	return func(s *result.Set) ([]string, string) {
		for _, n := range names {
			if _, ok := s.Server(n); ok {
				return []string{n}, ""
			}
		}
		return nil, names[len(names)-1]
	}
}

func goroutines(s *result.Set) (names []string, missing string) {
	for _, v := range serversOf(s) {
		if v.Kind == "goroutine per connection" {
			names = append(names, v.Name)
		}
	}
	return names, "any goroutine-per-connection server"
}

func goServers(s *result.Set) (names []string, missing string) {
	for _, v := range serversOf(s) {
		if slices.Contains(goRivals, v.Name) {
			names = append(names, v.Name)
		}
	}
	return names, "any other Go server"
}

// exact prints a ratio so that one beside its bound shows on which side it lies.
func exact(v float64) string {
	if v < 9.995 {
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", v), "0"), ".") + "×"
	}
	return times(v)
}

func absent(s result.Spread) bool { return s.N == 0 || math.IsNaN(s.Median) }
