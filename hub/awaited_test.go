package hub_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// Who has a channel by a pattern counts before the channel has its first message and after, once, whatever else brings it there; and who may
// not have it does not.
func TestAwaited(t *testing.T) {
	h := newHub(t, hub.Config{})
	loops := []*hubtest.Runner{hubtest.Start(0), hubtest.Start(1), hubtest.Start(2)}
	for _, l := range loops {
		defer l.Stop()
	}
	channels := []string{"a@trade", "b@trade", "a@depth"}
	expect := func(when string, patterns int, want ...int) {
		t.Helper()
		got, err := h.Awaited(t.Context(), channels)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", when, got, err, want)
		}
		if st := h.Stats(); st.Patterns != patterns {
			t.Errorf("%s: %d patterns, want %d", when, st.Patterns, patterns)
		}
	}
	expect("nobody", 0, 0, 0, 0)
	m, both, barred := &hubtest.Recorder{}, &hubtest.Recorder{}, &hubtest.Recorder{}
	loops[0].Do(func() { mustJoinPattern(t, h, loops[0], m, "*@trade", hub.PatternOptions{}) })
	expect("one pattern", 1, 1, 1, 0)
	loops[0].Do(func() { mustJoinPattern(t, h, loops[0], m, "a@*", hub.PatternOptions{}) })
	expect("another one of the same member", 2, 1, 1, 1)
	loops[1].Do(func() {
		mustJoin(t, h, loops[1], both, "a@trade")
		mustJoinPattern(t, h, loops[1], both, "a*", hub.PatternOptions{})
	})
	expect("by name and by a pattern", 3, 2, 1, 2)
	loops[2].Do(func() {
		o := hub.PatternOptions{Filter: func(c string) bool { return c == "b@trade" }}
		mustJoinPattern(t, h, loops[2], barred, "*", o)
	})
	expect("one that may not have all", 4, 2, 2, 2)
	publish(t, h, "a@trade", "x")
	if err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("a channel has appeared", 4, 2, 2, 2)
	loops[0].Do(func() {
		if _, err := h.LeavePattern(loops[0], m, "*@trade"); err != nil {
			t.Error(err)
		}
	})
	expect("a pattern is left", 3, 2, 1, 2)
	loops[0].Do(func() { h.LeaveAll(loops[0], m) })
	expect("a member is gone", 2, 1, 1, 1)

	blocked := make(chan struct{})
	loops[1].Post(func() { <-blocked })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Awaited(ctx, channels); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	close(blocked)
}

// containing is a loop that lives on when what was posted panics, as an engine's does.
type containing struct{ *hubtest.Runner }

func (l containing) Post(f func()) bool {
	return l.Runner.Post(func() {
		defer func() { _ = recover() }()
		f()
	})
}

// A filter that panics holds nobody up: the members on its loop are not counted.
func TestAwaitedWhenAFilterPanics(t *testing.T) {
	h := newHub(t, hub.Config{})
	l, other := containing{hubtest.Start(0)}, hubtest.Start(1)
	defer l.Stop()
	defer other.Stop()
	l.Do(func() {
		mustJoinPattern(t, h, l, &hubtest.Recorder{}, "*", hub.PatternOptions{Filter: func(string) bool { panic("filter") }})
	})
	other.Do(func() { mustJoinPattern(t, h, other, &hubtest.Recorder{}, "*", hub.PatternOptions{}) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if got, err := h.Awaited(ctx, []string{"a"}); err != nil || got[0] != 1 {
		t.Errorf("%v, %v", got, err)
	}
}
