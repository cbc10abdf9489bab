package report

import (
	_ "embed"
	"fmt"
	"html"
	"strings"
)

// chartCSS are the colours of the charts in light and dark, and the styles of their parts. The page has it once; a
// chart in a file of its own carries it along.
//
//go:embed chart.css
var chartCSS string

// chartWidth is that of every chart in its own units. A telephone 390 px wide shows it at 358 px, so that its text of 12.5 units
// is over 12 px there and nowhere smaller.
const chartWidth = 350.0

// canvas is an SVG in the making.
type canvas struct {
	b      strings.Builder
	height float64
}

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(&c.b, format+"\n", args...) }

// text puts s at a baseline; class says its colour and weight, anchor is start, middle or end.
func (c *canvas) text(x, y float64, class, anchor, s string) {
	c.add(`<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>`, x, y, class, anchor, html.EscapeString(s))
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

// mark is a server's sign, r units from its middle to its edge.
func (c *canvas) mark(l look, x, y, r float64) {
	fill := fmt.Sprintf(`style="fill:var(%s);stroke:var(%s)"`, l.colour, l.colour)
	open := fmt.Sprintf(`style="fill:var(--bg);stroke:var(%s)"`, l.colour)
	switch l.marker {
	case "disc":
		c.add(`<circle cx="%.1f" cy="%.1f" r="%.1f" class="mark" %s/>`, x, y, r, fill)
	case "ring":
		c.add(`<circle cx="%.1f" cy="%.1f" r="%.1f" class="mark" %s/>`, x, y, r, open)
	case "square", "box":
		c.add(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" class="mark" %s/>`, x-r*.85, y-r*.85, r*1.7, r*1.7, pick(l.marker == "square", fill, open))
	case "triangle", "wedge":
		c.add(`<path d="M%.1f %.1fL%.1f %.1fL%.1f %.1fZ" class="mark" %s/>`, x, y-r, x+r, y+r*.8, x-r, y+r*.8, pick(l.marker == "triangle", fill, open))
	case "diamond", "lozenge":
		c.add(`<path d="M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fZ" class="mark" %s/>`, x, y-r*1.2, x+r, y, x, y+r*1.2, x-r, y, pick(l.marker == "diamond", fill, open))
	case "cross":
		c.add(`<path d="M%.1f %.1fL%.1f %.1fM%.1f %.1fL%.1f %.1f" class="mark thick" %s/>`, x-r, y-r, x+r, y+r, x-r, y+r, x+r, y-r, fill)
	default:
		c.add(`<path d="M%.1f %.1fL%.1f %.1fM%.1f %.1fL%.1f %.1f" class="mark thick" %s/>`, x-r, y, x+r, y, x, y-r, x, y+r, fill)
	}
}

func pick(is bool, a, b string) string {
	if is {
		return a
	}
	return b
}

// head writes the title over as many lines as it needs, what is better under it, and returns where the chart begins.
func (c *canvas) head(title, sub string) float64 {
	y := 17.0
	for _, line := range wrap(title, 44) {
		c.text(0, y, "title", "start", line)
		y += 18
	}
	for _, line := range wrap(sub, 54) {
		c.text(0, y, "muted", "start", line)
		y += 16
	}
	return y
}

// wrap breaks s at spaces into lines of at most width characters where its words allow.
func wrap(s string, width int) []string {
	var lines []string
	for _, w := range strings.Fields(s) {
		if n := len(lines); n > 0 && len([]rune(lines[n-1]))+1+len([]rune(w)) <= width {
			lines[n-1] += " " + w
		} else {
			lines = append(lines, w)
		}
	}
	return lines
}

// svg is the finished element; about is its title for those who cannot see it.
func (c *canvas) svg(about string) string {
	return fmt.Sprintf("<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>%s</title>\n%s</svg>\n",
		chartWidth, c.height, html.EscapeString(about), c.b.String())
}

// standalone makes a chart a file of its own: with its styles, and with a ground, so that it is legible where the page
// around it has another idea of dark than the reader's browser.
func standalone(svg string) string {
	open, rest, _ := strings.Cut(svg, "\n")
	var w, h float64
	at := strings.Index(open, `viewBox="`)
	if _, err := fmt.Sscanf(open[at:], `viewBox="0 0 %f %f"`, &w, &h); err != nil {
		panic("report: a chart without its viewBox: " + open)
	}
	open = strings.Replace(open, fmt.Sprintf(`viewBox="0 0 %.0f %.0f"`, w, h),
		fmt.Sprintf(`viewBox="-8 -4 %.0f %.0f" width="%.0f" height="%.0f"`, w+16, h+8, w+16, h+8), 1)
	return fmt.Sprintf("%s\n<style>%s</style>\n<rect x=\"-8\" y=\"-4\" width=\"%.0f\" height=\"%.0f\" rx=\"6\" class=\"ground\"/>\n%s", open, chartCSS, w+16, h+8, rest)
}
