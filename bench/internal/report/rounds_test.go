package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/cell"
)

// Runs that are taken together add up where they have a cell in common, not otherwise.
func TestRoundsOfRunsTakenTogether(t *testing.T) {
	fans, echoes := cell.All()[8:10], cell.All()[:2]
	for _, tc := range []struct {
		name  string
		cells [][]cell.Cell
		want  string
	}{
		{"one run", [][]cell.Cell{fans}, "in 2 cells, 3 rounds, interleaved"},
		{"other cells", [][]cell.Cell{fans, echoes}, "in 4 cells, 3 rounds, interleaved"},
		{"the same cells", [][]cell.Cell{fans, fans}, "in 2 cells, 6 rounds, interleaved"},
		{"some of them", [][]cell.Cell{fans, slices.Concat(fans[:1], echoes)}, "in 4 cells, 3 to 6 rounds, interleaved"},
	} {
		set := joined(invent(everybody, tc.cells[0], 3))
		for _, more := range tc.cells[1:] {
			set = joined(slices.Concat(invent(everybody, tc.cells[0], 3), invent(everybody, more, 3)))
		}
		if got := New(set).What; !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
