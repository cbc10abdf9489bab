package run

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

func servers(names ...string) []Server {
	var all []Server
	for _, name := range names {
		all = append(all, Server{Info: result.Server{Name: name}, Channels: name == "weir" || name == "bare"})
	}
	return all
}

func order(p *Plan, c cell.Cell) string {
	var all []string
	for _, s := range p.steps(c) {
		all = append(all, fmt.Sprint(s.server.Info.Name, s.round))
	}
	return strings.Join(all, " ")
}

func TestSteps(t *testing.T) {
	p := &Plan{Servers: servers("weir", "gws", "bare"), Rounds: 3}
	if got, want := order(p, cell.Cell{Kind: cell.Echo}), "weir1 gws1 bare1 gws2 bare2 weir2 bare3 weir3 gws3"; got != want {
		t.Errorf("the order is %q, want %q", got, want)
	}
	if got, want := order(p, cell.Cell{Kind: cell.Fan, OnlyWeir: true}), "weir1 bare1 bare2 weir2 weir3 bare3"; got != want {
		t.Errorf("where only two know the protocol: %q, want %q", got, want)
	}
	p.LongRounds = 1
	for _, kind := range []cell.Kind{cell.Idle, cell.Slow} {
		if got, want := order(p, cell.Cell{Kind: kind}), "weir1 gws1 bare1"; got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
	if got := len(p.steps(cell.Cell{Kind: cell.Storm})); got != 9 {
		t.Errorf("a short cell has %d samples with LongRounds 1", got)
	}
}

// Two servers have to come as A B B A: that is what a comparison of two checkouts rests on.
func TestStepsOfTwoAreMirrored(t *testing.T) {
	p := &Plan{Servers: servers("base", "head"), Rounds: 4}
	if got, want := order(p, cell.Cell{Kind: cell.Echo}), "base1 head1 head2 base2 base3 head3 head4 base4"; got != want {
		t.Errorf("the order is %q, want %q", got, want)
	}
}

func TestEveryCellHasAnEstimate(t *testing.T) {
	for _, c := range cell.All() {
		if g := DefaultTimes().guess(c); g < DefaultTimes().window(c) || g.Seconds() > 20 {
			t.Errorf("%s is expected to take %v", c.Name, g)
		}
	}
	names := []string{}
	for _, c := range cell.All() {
		if slices.Contains(names, c.Name) {
			t.Errorf("two cells are named %s", c.Name)
		}
		names = append(names, c.Name)
	}
}
