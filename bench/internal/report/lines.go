package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// lines is a chart of curves, each named at its end and told from the others by colour, dashes and sign.
type lines struct {
	title, sub string
	x, y       scale
	xName      string // with its unit
	series     []series
	xTicks     []float64 // nil: the axis chooses
	marks      bool      // a sign at every point, not only at the end
}

type series struct {
	server string
	points []point
	faint  [][]point // the other rounds, drawn thin
}

// point has whiskers where lo < hi.
type point struct{ x, y, lo, hi float64 }

const plotHeight = 210.0

func (g lines) draw(looks map[string]look) string {
	c := &canvas{}
	top := c.head(g.title, g.sub) + 8
	var xs, ys []float64
	names := 0
	for _, s := range g.series {
		names = max(names, len([]rune(short(s.server))))
		for _, ps := range append(s.faint, s.points) {
			for _, p := range ps {
				xs, ys = append(xs, p.x), append(ys, p.y)
				if p.hi > p.lo {
					ys = append(ys, p.lo, p.hi)
				}
			}
		}
	}
	bottom := top + plotHeight
	y := newAxis(g.y, ys, bottom, top)
	left := 8.0
	for _, t := range y.ticks() {
		left = max(left, float64(len(y.label(t)))*textWide+8)
	}
	right := chartWidth - float64(names)*textWide - 24
	x := newAxis(g.x, xs, left, right)
	if g.xTicks != nil {
		x.lo, x.hi = slices.Min(g.xTicks), slices.Max(g.xTicks)
	} else if g.x == linear && len(xs) > 0 {
		x.hi = slices.Max(xs)
	}
	for _, t := range y.ticks() {
		c.line(left, y.at(t), right, y.at(t), "grid")
		c.text(left-5, y.at(t)+4.5, "muted", "end", y.label(t))
	}
	ticks := g.xTicks
	if ticks == nil {
		ticks = x.ticks()
	}
	for _, t := range ticks {
		c.line(x.at(t), bottom, x.at(t), bottom+4, "rule")
		c.text(x.at(t), bottom+18, "muted", "middle", x.label(t))
	}
	c.line(left, bottom, right, bottom, "rule")
	c.text((left+right)/2, bottom+35, "muted", "middle", g.xName)
	own := func(s series) bool { return s.server == weir }
	ordered := slices.Clone(g.series)
	slices.SortStableFunc(ordered, func(a, b series) int { return pickInt(own(a), 1, 0) - pickInt(own(b), 1, 0) }) // Weir on top
	for _, s := range ordered {
		g.curve(c, x, y, looks[s.server], s)
	}
	c.height = max(bottom+40, g.names(c, x, y, ordered, looks, top, bottom)+8)
	return c.svg(g.title + ", " + g.sub)
}

func (g lines) curve(c *canvas, x, y axis, l look, s series) {
	for _, f := range s.faint {
		c.add(`<path d="%s" class="curve faint" style="stroke:var(%s);stroke-dasharray:%s"/>`, pathOf(x, y, f), l.colour, pick(l.dash == "", "none", l.dash))
	}
	c.add(`<path d="%s" class="curve%s" style="stroke:var(%s);stroke-dasharray:%s"/>`, pathOf(x, y, s.points), pick(s.server == weir, " bold", ""), l.colour, pick(l.dash == "", "none", l.dash))
	for _, p := range s.points {
		if p.hi > p.lo {
			c.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="whisker" style="stroke:var(%s)"/>`, x.at(p.x), y.at(p.lo), x.at(p.x), y.at(p.hi), l.colour)
		}
		if g.marks {
			c.mark(l, x.at(p.x), y.at(p.y), pickFloat(s.server == weir, 5, 3.5))
		}
	}
}

func pathOf(x, y axis, points []point) string {
	var b strings.Builder
	for i, p := range points {
		fmt.Fprintf(&b, "%s%.1f %.1f", pick(i == 0, "M", "L"), x.at(p.x), y.at(p.y))
	}
	return b.String()
}

// names writes each series' name at its end, moved apart where the ends lie close, and returns where the lowest stands.
func (g lines) names(c *canvas, x, y axis, ss []series, looks map[string]look, top, bottom float64) float64 {
	type name struct {
		s       series
		end, at float64
	}
	var ns []name
	for _, s := range ss {
		if len(s.points) > 0 {
			e := y.at(s.points[len(s.points)-1].y)
			ns = append(ns, name{s, e, e})
		}
	}
	slices.SortStableFunc(ns, func(a, b name) int { return int(math.Copysign(1, a.end-b.end)) })
	const apart = 16.0
	low := bottom
	for i := len(ns) - 1; i >= 0; i-- { // up from the bottom, then down from the top: nobody leaves the plot while there is room
		ns[i].at = min(ns[i].at, low)
		low = ns[i].at - apart
	}
	high := top
	for i := range ns {
		ns[i].at = max(ns[i].at, high)
		high = ns[i].at + apart
	}
	lowest := 0.0
	for _, n := range ns {
		last := n.s.points[len(n.s.points)-1]
		l := looks[n.s.server]
		c.add(`<path d="M%.1f %.1fL%.1f %.1f" class="curve faint" style="stroke:var(%s)"/>`, x.at(last.x), n.end, x.to+10, n.at, l.colour)
		c.mark(l, x.to+13, n.at, 4)
		c.text(x.to+21, n.at+4.5, pick(n.s.server == weir, "own", "name"), "start", short(n.s.server))
		lowest = max(lowest, n.at)
	}
	return lowest
}
