package report

import (
	"html"
	"math"
	"strings"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

// Chart is one picture.
type Chart struct {
	File string // name of its own file
	SVG  string // inline, without styles of its own
	More bool   // of the second rank: the page keeps it folded
}

// Alt says in words what the chart shows, its figures where there are few.
func (c Chart) Alt() string {
	_, rest, _ := strings.Cut(c.SVG, "<title>")
	title, _, _ := strings.Cut(rest, "</title>")
	return html.UnescapeString(title)
}

// Section is charts that belong together, and how to read them.
type Section struct {
	ID, Title, Text string
	Charts          []Chart
}

// artist draws the charts of a set.
type artist struct {
	set     *result.Set
	servers []result.Server
	cells   []cell.Cell
	looks   map[string]look
}

// sections are all charts for which the set has anything to show.
func (a artist) sections() []Section {
	all := []Section{
		{"cpu", "CPU per message", "User and system time of the server process for each echo or delivery. Dots are medians on a logarithmic axis, whiskers go from the best to the worst round. Charts of one kind share their axis.", a.cpu()},
		{"subscribers", "Cost against the number of subscribers", "The same fan-out to more readers. Both axes are logarithmic; whiskers go from the best to the worst round.", a.subscribers()},
		{"memory", "Memory of an idle connection", "Resident memory that 18,000 quiet connections added to the server, for each of them.", a.figures(memory, cell.Idle, logarithmic, 700)},
		{"latency", "Latency", "From the time a message was due to its arrival, so that a server which stalls its sender gains nothing by it. The further right, the rarer. Each curve is the round with the median p99; whiskers at 50, 90, 99 and 99.9 % go from the best to the worst round.", a.latencies()},
		{"stalled", "Stalled readers", "50 of 1,000 readers stop reading while the publisher goes on. What do the 950 others see, and what does the server keep for the 50? Some close them and some serve them in the end, which are different promises: the table of figures says how many. Bold lines are the round with the median figure, faint ones the other rounds.", a.stalled()},
		{"storm", "Connect storm", "Clients connect, upgrade and reset, as fast as the server takes them.", a.figures(handshakes, cell.Storm, linear, 0)},
	}
	var some []Section
	for _, s := range all {
		if len(s.Charts) > 0 {
			some = append(some, s)
		}
	}
	return some
}

// cpu is a chart for each cell; those of one kind have one axis.
func (a artist) cpu() []Chart {
	span := map[string][]float64{}
	for _, c := range a.cells {
		for _, r := range a.rows(c.Name, cpu) {
			if !r.failed {
				span[kindOf(c)] = append(span[kindOf(c)], r.spread.Min, r.spread.Max)
			}
		}
	}
	var charts []Chart
	for _, c := range a.cells {
		if c.Kind != cell.Echo && c.Kind != cell.Fan {
			continue
		}
		if rs := a.rows(c.Name, cpu); len(rs) > 0 {
			r := rows{title: c.Title, figure: cpu, scale: logarithmic, rows: rs, span: span[kindOf(c)]}
			charts = append(charts, Chart{File: file("cpu", c.Name), SVG: r.draw(a.looks)})
		}
	}
	return charts
}

func kindOf(c cell.Cell) string {
	if c.Kind == cell.Fan {
		return "fan"
	}
	return string(c.Kind)
}

// figures is a chart of one figure for each cell of a kind.
func (a artist) figures(f figure, kind cell.Kind, sc scale, target float64) []Chart {
	var charts []Chart
	for _, c := range a.cells {
		if c.Kind != kind {
			continue
		}
		if rs := a.rows(c.Name, f); len(rs) > 0 {
			r := rows{title: c.Title, figure: f, scale: sc, rows: rs, target: target}
			charts = append(charts, Chart{File: file("", c.Name), SVG: r.draw(a.looks)})
		}
	}
	return charts
}

// rows are the servers that did anything in a cell; none where all failed or none has the figure.
func (a artist) rows(name string, f figure) []row {
	var rs []row
	any := false
	for _, v := range a.servers {
		s := a.set.Spread(name, v.Name, f.of)
		failed := s.N == 0 && len(a.set.Failed(name, v.Name)) > 0
		if s.N > 0 || failed {
			rs = append(rs, row{server: v.Name, spread: s, failed: failed})
		}
		any = any || s.N > 0
	}
	if !any {
		return nil
	}
	return rs
}

func (a artist) latencies() []Chart {
	var charts []Chart
	for _, c := range a.cells {
		g := lines{title: c.Title, sub: "latency, ms · lower is better", x: percentile, y: logarithmic, xName: "share of the messages that were faster"}
		for _, v := range a.servers {
			if s := medianOf(a.set.Of(c.Name, v.Name), p99); s != nil {
				if ps := a.quantiles(c.Name, s); len(ps) > 1 {
					g.series = append(g.series, series{server: v.Name, points: ps})
				}
			}
		}
		if len(g.series) > 0 {
			charts = append(charts, Chart{File: file("latency", c.Name), SVG: g.draw(a.looks), More: !c.Headline && c.Rate == 0})
		}
	}
	return charts
}

// quantiles is the curve of one sample, with the whiskers of all rounds at the quantiles that every sample has.
func (a artist) quantiles(name string, s *result.Sample) []point {
	l := s.Latency
	fixed := []struct {
		q float64
		f figure
	}{
		{0.5, latency("p50", func(l *result.Latency) int64 { return l.P50 })},
		{0.9, latency("p90", func(l *result.Latency) int64 { return l.P90 })},
		{0.99, p99},
		{0.999, latency("p99.9", func(l *result.Latency) int64 { return l.P999 })},
	}
	var ps []point
	next := 0
	mark := func(upTo float64) {
		for ; next < len(fixed) && fixed[next].q <= upTo; next++ {
			if w := a.set.Spread(name, s.Server, fixed[next].f.of); w.N > 0 && w.Max > 0 {
				p := point{x: fixed[next].q, y: fixed[next].f.of(s), lo: w.Min, hi: w.Max}
				ps = append(ps, p)
			}
		}
	}
	for _, p := range l.Curve {
		mark(p[0])
		if p[1] > 0 && p[0] <= 0.9999 && (len(ps) == 0 || ps[len(ps)-1].x < p[0]) {
			v := p[1] / 1e6
			ps = append(ps, point{x: p[0], y: v, lo: v, hi: v})
		}
	}
	mark(1)
	return ps
}

// medianOf is the sample whose figure is the median, the lower of two; nil if none has it.
func medianOf(samples []*result.Sample, f figure) *result.Sample {
	var with []*result.Sample
	for _, s := range samples {
		if !math.IsNaN(f.of(s)) {
			with = append(with, s)
		}
	}
	if len(with) == 0 {
		return nil
	}
	sortBy(with, f.of)
	return with[(len(with)-1)/2]
}

// file makes a name for a chart's file of a cell's.
func file(prefix, cell string) string {
	return strings.Trim(prefix+"-"+strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(cell)), "-") + ".svg"
}
