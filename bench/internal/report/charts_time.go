package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

func sortBy(samples []*result.Sample, of func(*result.Sample) float64) {
	slices.SortStableFunc(samples, func(a, b *result.Sample) int { return cmp.Compare(of(a), of(b)) })
}

// stalled shows what stalled readers do to the others and to the server: over time, and in sum.
func (a artist) stalled() []Chart {
	var charts []Chart
	for _, c := range a.cells {
		if c.Kind != cell.Slow || c.Stalled == 0 {
			continue
		}
		charts = append(charts, a.overTime(c, "p99-over-time", "Healthy readers over time", "their p99 latency, ms · lower is better", logarithmic, p99,
			func(_ *result.Sample, p result.Point) float64 { return float64(p.P99) / 1e6 })...)
		charts = append(charts, a.overTime(c, "memory-over-time", "Memory of the server over time", "over what it held before, MB · lower is better", linear, growth,
			func(s *result.Sample, p result.Point) float64 { return max(float64(p.RSS-s.RSSHeld), 0) / 1e6 })...)
		if rs := a.rows(c.Name, growth); len(rs) > 0 {
			r := rows{title: "Memory growth with 50 stalled readers", figure: growth, scale: linear, rows: rs, target: 12}
			charts = append(charts, Chart{File: file("growth", c.Name), SVG: r.draw(a.looks)})
		}
		charts = append(charts, a.against(c)...)
	}
	return charts
}

// against sets the healthy readers' p99 with stalled ones beside that without.
func (a artist) against(c cell.Cell) []Chart {
	r := rows{title: "Healthy p99: 50 stalled against none stalled", scale: linear, target: 1.3,
		figure: figure{name: "ratio", unit: "×"}}
	for _, v := range a.servers {
		s := a.set.Ratio(result.Side{Cell: c.Name, Server: v.Name, Figure: p99.of}, result.Side{Cell: "slow/none", Server: v.Name, Figure: p99.of})
		if s.N > 0 {
			r.rows = append(r.rows, row{server: v.Name, spread: s})
		}
	}
	if len(r.rows) == 0 {
		return nil
	}
	return []Chart{{File: file("p99-ratio", c.Name), SVG: r.draw(a.looks)}}
}

func (a artist) overTime(c cell.Cell, name, title, sub string, y scale, by figure, of func(*result.Sample, result.Point) float64) []Chart {
	g := lines{title: title, sub: sub, y: y, xName: "seconds since the window began"}
	for _, v := range a.servers {
		samples := a.set.Of(c.Name, v.Name)
		chief := medianOf(samples, by)
		s := series{server: v.Name}
		for _, one := range samples {
			ps := timeline(one, y, of)
			switch {
			case len(ps) == 0:
			case one == chief:
				s.points = ps
			default:
				s.faint = append(s.faint, ps)
			}
		}
		if len(s.points) > 1 {
			g.series = append(g.series, s)
		}
	}
	if len(g.series) == 0 {
		return nil
	}
	return []Chart{{File: file(name, c.Name), SVG: g.draw(a.looks)}}
}

// timeline leaves out moments in which nothing arrived: they have no p99.
func timeline(s *result.Sample, y scale, of func(*result.Sample, result.Point) float64) []point {
	var ps []point
	for _, p := range s.Timeline {
		if v := of(s, p); v > 0 || y == linear {
			ps = append(ps, point{x: p.Seconds, y: v, lo: v, hi: v})
		}
	}
	return ps
}

// subscribers shows a fan-out of one depth to more and more readers, where at least two sizes were measured.
func (a artist) subscribers() []Chart {
	var charts []Chart
	for _, depth := range []int{1, 8} {
		g := lines{title: fmt.Sprintf("Fan-out, %d in flight", depth), sub: "CPU per delivery, µs · lower is better", x: logarithmic, y: logarithmic, xName: "subscribers", marks: true}
		for _, c := range a.cells {
			if c.Kind == cell.Fan && c.Depth == depth && c.Burst == 0 && c.Rate == 0 && c.Stalled == 0 && c.Conns > 0 {
				g.xTicks = append(g.xTicks, float64(c.Conns))
			}
		}
		if len(g.xTicks) < 2 {
			continue
		}
		for _, v := range a.servers {
			s := series{server: v.Name}
			for _, n := range g.xTicks {
				if w := a.set.Spread(fmt.Sprintf("fan/%.0fk/w%d", n/1000, depth), v.Name, cpu.of); w.N > 0 {
					s.points = append(s.points, point{x: n, y: w.Median, lo: w.Min, hi: w.Max})
				}
			}
			if len(s.points) > 0 {
				g.series = append(g.series, s)
			}
		}
		if len(g.series) > 0 {
			charts = append(charts, Chart{File: fmt.Sprintf("subscribers-w%d.svg", depth), SVG: g.draw(a.looks)})
		}
	}
	return charts
}
