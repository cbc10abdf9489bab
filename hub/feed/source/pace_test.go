package source_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub/feed/source"
)

// At Max a chunk is what fits, at least one message, and Pace is called after every one, the last included.
func TestReplayPace(t *testing.T) {
	// A message counts its data, its channel's name (1 byte) and MessageOverhead.
	const small = 100
	cost := small + 1 + source.MessageOverhead
	sizes := []int{small, small, small, small, 50_000, small, small}
	var b strings.Builder
	for _, n := range sizes {
		fmt.Fprintf(&b, "1 {\"stream\":\"a\",\"data\":%q}\n", strings.Repeat("x", n-2))
	}
	path := write(t, "paced", []byte(b.String()))
	for _, tt := range []struct {
		name  string
		chunk int
		calls []int // how many messages had been published
	}{
		{"three fit exactly", 3 * cost, []int{3, 4, 5, 7}},
		{"a byte less and two fit", 3*cost - 1, []int{2, 4, 5, 7}},
		{"none fits", 1, []int{1, 2, 3, 4, 5, 6, 7}},
		{"default", 0, []int{4, 5, 7}}, // 50,000 is more than 32 KiB
		{"all fit", 1 << 20, []int{7}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got collector
			var calls []int
			r, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: source.Max, ChunkBytes: tt.chunk,
				Pace: func(context.Context) error {
					calls = append(calls, len(got.messages))
					return nil
				}})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Run(context.Background(), &got); err != nil || !slices.Equal(calls, tt.calls) {
				t.Errorf("paced after %v, %v; want %v", calls, err, tt.calls)
			}
		})
	}
}

func TestReplayPaceFails(t *testing.T) {
	gone := errors.New("gone")
	path := write(t, "paced", []byte(lineA+lineB))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pace := func(context.Context) error { return gone }
	r, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: source.Max, ChunkBytes: 1,
		Pace: func(ctx context.Context) error { return pace(ctx) }})
	if err != nil {
		t.Fatal(err)
	}
	var got collector
	if err := r.Run(ctx, &got); !errors.Is(err, gone) || len(got.messages) != 1 {
		t.Errorf("%v after %d messages", err, len(got.messages))
	}
	pace = func(context.Context) error { cancel(); return gone } // stopped while it paced: that is what counts
	if err := r.Run(ctx, &got); err != context.Canceled {
		t.Errorf("stopped: %v", err)
	}
}
