package run

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
)

func shown(t *testing.T, columns int) string {
	t.Helper()
	var out bytes.Buffer
	p := &Plan{Servers: servers("weir", "gws"), Cells: cells, Rounds: 2, Times: DefaultTimes(), Progress: NewProgress(&out, columns), probe: quietly}
	if _, err := p.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestProgressOnATerminal(t *testing.T) {
	got := shown(t, 40)
	if n := strings.Count(got, "\n"); n != 1+len(cells) {
		t.Errorf("%d lines stay, want the estimate and one a cell:\n%q", n, got)
	}
	for _, status := range regexp.MustCompile(`\r([^\r\x1b]+)\x1b\[K`).FindAllStringSubmatch(got, -1) {
		if len(status[1]) >= 40 {
			t.Errorf("a status line is %d wide on 40 columns: %q", len(status[1]), status[1])
		}
	}
	if !strings.Contains(got, "8/8") || !strings.Contains(got, " left") {
		t.Errorf("no count or no time left: %q", got)
	}
	if last := got[strings.LastIndex(got, "\r"):]; strings.Contains(last, "left") {
		t.Errorf("the status line still stands at the end: %q", last)
	}
}

func TestProgressElsewhere(t *testing.T) {
	got := shown(t, 0)
	if strings.ContainsAny(got, "\r\x1b") {
		t.Errorf("a file got control characters: %q", got)
	}
	if n := strings.Count(got, "us of CPU per message"); n != 8 {
		t.Errorf("%d of 8 samples have a line:\n%s", n, got)
	}
	var silent *Progress
	silent.begin(0, 0)
	silent.step(step{}, 1, &estimate{})
	silent.end()
}

func TestFiguresOfEveryKind(t *testing.T) {
	seen := map[string]cell.Kind{}
	for _, kind := range []cell.Kind{cell.Idle, cell.Storm, cell.Slow, cell.Echo} {
		u := unit(cell.Cell{Kind: kind})
		if seen[u] != "" {
			t.Errorf("%s and %s are both in %q", kind, seen[u], u)
		}
		seen[u] = kind
	}
}

func TestRound(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1400 * time.Millisecond: "1 s", 89 * time.Second: "89 s", 90 * time.Second: "1 min 30 s", 605 * time.Second: "10 min", 44*time.Minute + 40*time.Second: "45 min",
	} {
		if got := Round(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
