package serve

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// The gate opens when the last channel has its subscribers, and not before.
func TestGate(t *testing.T) {
	script := []map[string]int{
		{},
		{"a": 2},
		{"a": 2, "b": 1},
		{"a": 1, "b": 1}, // one left
		{"a": 5, "b": 2},
	}
	polls := 0
	var seen []int
	err := gate(t.Context(), []string{"a", "b"}, 2, func(_ context.Context, channels []string) (counts []int, _ error) {
		for _, c := range channels {
			counts = append(counts, script[polls][c])
		}
		polls++
		return counts, nil
	}, func(have int) { seen = append(seen, have) })
	if err != nil || polls != len(script) {
		t.Errorf("opened at poll %d of %d: %v", polls, len(script), err)
	}
	if want := []int{0, 1, 2}; !slices.Equal(seen, want) {
		t.Errorf("told %v, want %v", seen, want)
	}
}

func TestGateIsOpenForNobody(t *testing.T) {
	count := func(context.Context, []string) ([]int, error) { t.Error("counted"); return nil, nil }
	err := gate(t.Context(), []string{"a"}, 0, count, func(int) { t.Error("told") })
	if err != nil {
		t.Error(err)
	}
}

func TestGateEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	count := func(context.Context, []string) ([]int, error) { cancel(); return []int{0}, nil }
	err := gate(ctx, []string{"a"}, 1, count, func(int) {})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
