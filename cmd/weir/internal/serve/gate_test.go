package serve

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
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

// Counting is work for the loops, which have subscribers to let in: where it takes long, it is seldom.
func TestGateLeavesTheLoopsTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const one = 50 * time.Millisecond
		polls, began := 0, time.Now()
		err := gate(t.Context(), []string{"a"}, 1, func(context.Context, []string) ([]int, error) {
			time.Sleep(one)
			polls++
			return []int{polls / 20}, nil
		}, func(int) {})
		if took := time.Since(began); err != nil || took < 10*20*one-10*one || took > 10*20*one {
			t.Errorf("%d counts of %v took %v: %v", polls, one, took, err)
		}
	})
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
