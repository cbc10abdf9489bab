package run

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

// Progress tells a person how far a run is. On a terminal one line is drawn again and again, and a line stays for each
// finished cell; elsewhere each sample is a line. A nil Progress is silent. It is for the goroutine of the run.
type Progress struct {
	w        io.Writer
	terminal bool
	columns  int // of the terminal
	total    int
	status   bool // a status line stands
	now      string
}

// NewProgress writes to w. columns is the width of the terminal that w is; 0: it is none.
func NewProgress(w io.Writer, columns int) *Progress {
	return &Progress{w: w, terminal: columns > 0, columns: columns}
}

func (p *Progress) begin(left time.Duration, total int) {
	if p == nil {
		return
	}
	p.total = total
	p.line("%d samples, about %s", total, Round(left))
}

// step says what is measured now.
func (p *Progress) step(s step, attempt int, e *estimate) {
	if p == nil {
		return
	}
	again := ""
	if attempt == 1 {
		p.now = fmt.Sprintf("%*d/%d", len(fmt.Sprint(p.total)), e.done+1, p.total)
	} else {
		again = fmt.Sprintf(", attempt %d: neighbours were busy", attempt)
	}
	if p.terminal {
		p.draw(fmt.Sprintf("%s  %s left  %s  %s, round %d%s", p.now, Round(e.left()), s.cell.Name, s.server.Info.Name, s.round, again))
	}
}

func (p *Progress) sample(s step, r *result.Sample) {
	if p == nil || p.terminal {
		return
	}
	noisy := ""
	if r.Neighbours > quiet {
		noisy = fmt.Sprintf("  (neighbours used %.2f core)", r.Neighbours)
	}
	p.line("%s  %-18s %-8s round %d  %s%s", p.now, s.cell.Name, s.server.Info.Name, s.round, Figure(s.cell, r), noisy)
}

func (p *Progress) failure(f result.Failure) {
	if p == nil {
		return
	}
	p.line("%s  %-18s %-8s round %d  FAILED: %s", p.now, f.Cell, f.Server, f.Round, f.Error)
}

// cell sums up a finished cell.
func (p *Progress) cell(c cell.Cell, servers []Server, samples []result.Sample) {
	if p == nil || !p.terminal {
		return
	}
	var parts []string
	for _, s := range servers {
		var values []float64
		for i := range samples {
			if r := &samples[i]; r.Cell == c.Name && r.Server == s.Info.Name && !r.Noisy {
				values = append(values, value(c, r))
			}
		}
		if len(values) > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", s.Info.Name, number(result.Median(values))))
		}
	}
	p.line("%-18s %s  %s", c.Name, strings.Join(parts, "  "), unit(c))
}

func (p *Progress) end() {
	if p != nil {
		p.clear()
	}
}

func (p *Progress) line(format string, args ...any) {
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
}

func (p *Progress) draw(status string) {
	if len(status) >= p.columns { // a line that wraps cannot be drawn over
		status = status[:max(p.columns-1, 0)]
	}
	fmt.Fprintf(p.w, "\r%s\x1b[K", status)
	p.status = true
}

func (p *Progress) clear() {
	if p.status {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.status = false
	}
}

// value is the one figure that a cell is about.
func value(c cell.Cell, s *result.Sample) float64 {
	switch c.Kind {
	case cell.Idle:
		return s.BytesPerConnection()
	case cell.Storm:
		return s.HandshakesPerCPUSecond()
	case cell.Slow:
		if s.Latency == nil {
			return 0
		}
		return float64(s.Latency.P99) / 1e6
	default:
		return s.CPUPerMessage()
	}
}

func unit(c cell.Cell) string {
	switch c.Kind {
	case cell.Idle:
		return "B per connection"
	case cell.Storm:
		return "handshakes per CPU second"
	case cell.Slow:
		return "ms p99 of those that read"
	default:
		return "us of CPU per message"
	}
}

// Figure is the one figure that a cell is about, with its unit.
func Figure(c cell.Cell, s *result.Sample) string { return number(value(c, s)) + " " + unit(c) }

// number has three digits that count.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}

// Round is a time to wait as people say it: "40 s", "12 min".
func Round(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", int(d.Seconds()+0.5))
	case d < 10*time.Minute:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	default:
		return fmt.Sprintf("%d min", int(d.Minutes()+0.5))
	}
}
