package scale

import (
	"cmp"
	"fmt"
	"io"
	"strconv"

	"github.com/weir-ws/weir/bench/internal/result"
)

// Write prints a result as a table for a terminal.
func Write(out io.Writer, r *result.Scale) error {
	h := r.Heap
	fmt.Fprintf(out, "%d connections in memory, one process, one loop\n", r.Connections)
	if h.Total() > 0 {
		fmt.Fprintf(out, "heap: %.0f B a connection = engine %.0f + hub %.0f + in-memory transport %.0f; %.1f B more after a publish, %.1f B left when all have gone\n",
			h.Total(), h.Engine, h.Hub, h.Transport, h.Fan, h.Left)
	}
	fmt.Fprintln(out)
	var err error
	line := func(f ...any) {
		_, e := fmt.Fprintf(out, "%-66s %8s %10s %18s %9s %9s %9s %8s\n", f...)
		err = cmp.Or(err, e)
	}
	line("", "a round", "worst turn", "each", "target", "GC cycles", "longest", "GC share")
	for _, m := range r.Measures {
		target := "-"
		switch {
		case m.Target > 0 && m.Met():
			target = fmt.Sprintf("<= %.0f ns", m.Target)
		case m.Target > 0:
			target = fmt.Sprintf("> %.0f ns!", m.Target)
		}
		line(m.Title, span(m.Seconds), orDash(m.Worst), span(m.Nanos/1e9)+"/"+m.Unit, target, strconv.FormatUint(m.GC.Cycles, 10), orDash(m.GC.PauseMax),
			fmt.Sprintf("%.0f %%", 100*m.GC.Share))
	}
	if err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

func orDash(s float64) string {
	if s == 0 {
		return "-"
	}
	return span(s)
}

// span prints seconds with three figures and a unit that suits them.
func span(s float64) string {
	for _, u := range []struct {
		size float64
		name string
	}{{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}} {
		if s >= u.size {
			return fmt.Sprintf("%.3g %s", s/u.size, u.name)
		}
	}
	return fmt.Sprintf("%.3g ns", s*1e9)
}
