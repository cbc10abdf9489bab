package report

import (
	"slices"

	"github.com/weir-ws/weir/bench/internal/result"
)

// rows is a chart with a line for each server, its value in figures at the end. On a logarithmic axis, which has no zero, a dot
// stands at the value; on a linear one a bar reaches to it. A whisker goes from the least to the most of the rounds.
type rows struct {
	title  string
	figure figure
	scale  scale
	rows   []row
	span   []float64 // values that the axis shows beside the rows' own, so that charts side by side have the same
	target float64   // 0: none
}

type row struct {
	server string
	spread result.Spread
	failed bool // no value: it broke the rules in every round
}

const (
	rowHeight = 22.0
	valueWide = 58.0
)

func (r rows) draw(looks map[string]look) string {
	rs := slices.Clone(r.rows)
	slices.SortStableFunc(rs, func(a, b row) int {
		switch {
		case a.failed != b.failed:
			return pickInt(a.failed, 1, -1)
		case a.spread.Median < b.spread.Median == !r.figure.higher:
			return -1
		case a.spread.Median == b.spread.Median:
			return 0
		}
		return 1
	})
	c := &canvas{}
	top := c.head(r.title, r.figure.name+", "+r.figure.unit+" · "+r.figure.better()) + 2
	labels := 0
	values := slices.Clone(r.span)
	if r.target > 0 {
		values = append(values, r.target)
	}
	for _, w := range rs {
		labels = max(labels, len([]rune(w.server)))
		if !w.failed {
			values = append(values, w.spread.Min, w.spread.Max)
		}
	}
	left := min(float64(labels)*7.2+24, 130)
	x := newAxis(r.scale, values, left, chartWidth-valueWide-6)
	bottom := top + rowHeight*float64(len(rs)) + 2
	for i, w := range rs {
		if w.server == weir {
			c.add(`<rect x="0" y="%.1f" width="%.0f" height="%.0f" rx="3" class="band"/>`, top+rowHeight*float64(i), chartWidth, rowHeight)
		}
	}
	c.text(0, bottom+15, "muted", "start", r.figure.unit)
	for _, t := range x.ticks() {
		c.line(x.at(t), top, x.at(t), bottom, "grid")
		c.text(x.at(t), bottom+15, "muted", "middle", x.label(t))
	}
	if r.target > 0 {
		c.line(x.at(r.target), top, x.at(r.target), bottom, "target")
	}
	for i, w := range rs {
		r.row(c, x, looks[w.server], w, top+rowHeight*(float64(i)+.5))
	}
	c.height = bottom + 20
	if r.target > 0 {
		c.text(0, bottom+33, "muted", "start", "dashed line: the target, "+r.figure.format(r.target))
		c.height += 18
	}
	return c.svg(r.title + ", " + r.figure.name + ": " + r.about(rs))
}

func (r rows) row(c *canvas, x axis, l look, w row, y float64) {
	class := "name"
	if w.server == weir {
		class = "own"
	}
	c.mark(l, 7, y, 4)
	c.text(17, y+4.5, class, "start", short(w.server))
	if w.failed {
		c.text(chartWidth, y+4.5, "muted", "end", "failed")
		return
	}
	at := x.at(w.spread.Median)
	if r.scale == linear {
		c.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="12" style="fill:var(%s)" %s/>`, x.from, y-6, max(at-x.from, 1), l.colour, pick(w.server == weir, "", `fill-opacity=".55"`))
	} else {
		c.line(x.from, y, at, y, "grid")
	}
	if w.spread.N > 1 {
		lo, hi := x.at(w.spread.Min), x.at(w.spread.Max)
		c.line(lo, y, hi, y, "whisker")
		c.line(lo, y-4, lo, y+4, "whisker")
		c.line(hi, y-4, hi, y+4, "whisker")
	}
	if r.scale != linear {
		c.mark(l, at, y, pickFloat(w.server == weir, 6, 4.5))
	}
	c.text(chartWidth-2, y+4.5, class, "end", sig(w.spread.Median))
}

func (r rows) about(rs []row) string {
	var of []string
	for _, w := range rs {
		if w.failed {
			of = append(of, w.server+" failed")
		} else {
			of = append(of, w.server+" "+r.figure.format(w.spread.Median))
		}
	}
	return list(of)
}

// short is a name that fits the room charts have for one.
func short(name string) string {
	if r := []rune(name); len(r) > 15 {
		return string(r[:14]) + "…"
	}
	return name
}

func pickInt(is bool, a, b int) int {
	if is {
		return a
	}
	return b
}

func pickFloat(is bool, a, b float64) float64 {
	if is {
		return a
	}
	return b
}
