package report

import (
	"fmt"
	"math"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

// Field is one place in a table. Class is what it says about Weir: wins, loses, level, or how it is to be shown: ref, none, failed.
type Field struct{ Text, Word, Class, About string }

// Table has its rows' names in the first column.
type Table struct {
	Head []string
	Rows [][]Field
}

// kinds of comparison.
const (
	wins  = "wins"
	loses = "loses"
	level = "level"
)

// compared is what a ratio of rival to Weir says. Where the rounds lie on both sides of one, neither leads.
func compared(r result.Spread) string {
	switch v := math.Round(r.Median*100) / 100; {
	case v == 1 || r.N > 1 && r.Includes(1):
		return level
	case v < 1:
		return loses
	}
	return wins
}

// line is one row of the headline: a figure of a cell, and how many times Weir's each rival's is. Over one, Weir is better.
type line struct {
	cell   cell.Cell
	figure figure
	weir   result.Spread
	ratios map[string]result.Spread
}

func (l line) name() string {
	if l.figure.name == cpu.name && len(judged(l.cell)) == 1 {
		return l.cell.Title
	}
	return l.cell.Title + ": " + l.figure.name
}

func linesOf(s *result.Set) []line {
	var all []line
	for _, c := range cellsOf(s) {
		for _, f := range judged(c) {
			l := line{cell: c, figure: f, weir: s.Spread(c.Name, weir, f.of), ratios: map[string]result.Spread{}}
			for _, v := range serversOf(s) {
				a, b := result.Side{Cell: c.Name, Server: v.Name, Figure: f.of}, result.Side{Cell: c.Name, Server: weir, Figure: f.of}
				if f.higher {
					a, b = b, a
				}
				if r := s.Ratio(a, b); v.Name != weir && r.N > 0 {
					l.ratios[v.Name] = r
				}
			}
			if len(l.ratios) > 0 || l.weir.N > 0 {
				all = append(all, l)
			}
		}
	}
	return all
}

func headline(s *result.Set) Table {
	t := Table{Head: []string{"Cell", "weir"}}
	servers := serversOf(s)
	for _, v := range servers {
		if v.Name != weir {
			t.Head = append(t.Head, v.Name)
		}
	}
	for _, l := range linesOf(s) {
		row := []Field{{Text: l.name(), About: l.cell.Name}, valueOf(s, l.cell.Name, weir, l.figure)}
		for _, v := range servers {
			if v.Name != weir {
				row = append(row, l.ratio(s, v))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (l line) ratio(s *result.Set, v result.Server) Field {
	r, ok := l.ratios[v.Name]
	if !ok {
		return nothing(s, l.cell.Name, v.Name)
	}
	f := Field{Text: times(r.Median), Class: compared(r),
		About: fmt.Sprintf("%s to %s in %s", times(r.Min), times(r.Max), plural(r.N, "round"))}
	if f.Class != wins {
		f.Word = f.Class
	}
	if reference(v) {
		f.Class, f.Word = "ref", ""
	}
	if len(s.Failed(l.cell.Name, v.Name)) > 0 {
		f.Word = "failed a round"
	}
	return f
}

// medians is every figure of every server.
func medians(s *result.Set) Table {
	t := Table{Head: []string{"Cell", "unit"}}
	servers := serversOf(s)
	for _, v := range servers {
		t.Head = append(t.Head, v.Name)
	}
	for _, c := range cellsOf(s) {
		for _, f := range judged(c) {
			t.add(s, c, f, servers)
		}
		if c.Stalled > 0 {
			t.add(s, c, whole, servers)
			t.add(s, c, closed, servers)
		}
	}
	return t
}

// add puts a row for a figure of a cell, if anybody has it.
func (t *Table) add(s *result.Set, c cell.Cell, f figure, servers []result.Server) {
	row := []Field{{Text: c.Name, About: c.Title}, {Text: f.unit, Word: f.name}}
	any := false
	for _, v := range servers {
		field := valueOf(s, c.Name, v.Name, f)
		if w := s.Spread(c.Name, v.Name, f.of); w.N > 0 {
			field.Text = sig(w.Median)
		}
		any = any || field.Class != "none"
		row = append(row, field)
	}
	if any {
		t.Rows = append(t.Rows, row)
	}
}

// latencyTable is the median of the usual percentiles.
func latencyTable(s *result.Set) Table {
	t := Table{Head: []string{"Cell", "unit"}}
	servers := serversOf(s)
	for _, v := range servers {
		t.Head = append(t.Head, v.Name)
	}
	for _, c := range cellsOf(s) {
		for _, f := range []figure{latency("p50", func(l *result.Latency) int64 { return l.P50 }), latency("p99", func(l *result.Latency) int64 { return l.P99 }),
			latency("p99.9", func(l *result.Latency) int64 { return l.P999 })} {
			t.add(s, c, f, servers)
		}
	}
	return t
}

func valueOf(s *result.Set, cell, server string, f figure) Field {
	w := s.Spread(cell, server, f.of)
	if w.N == 0 {
		return nothing(s, cell, server)
	}
	field := Field{Text: f.format(w.Median), About: fmt.Sprintf("%s to %s in %s", sig(w.Min), f.format(w.Max), plural(w.N, "round"))}
	if len(s.Failed(cell, server)) > 0 {
		field.Class, field.Word = "failed", "failed a round"
	}
	return field
}

func nothing(s *result.Set, cell, server string) Field {
	if len(s.Failed(cell, server)) > 0 {
		return Field{Text: "failed", Class: "failed"}
	}
	return Field{Text: "–", Class: "none"}
}
