package hub_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// Every number of receivers is in the bucket of the first bound that is not below it.
func TestReceiversByBucket(t *testing.T) {
	for _, n := range []int{0, 1, 2, 4, 5, 16, 17, 64, 65, 1024, 1025} {
		h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
		members := make([]counter, n)
		for i := range members {
			mustJoin(t, h, l, &members[i], "c")
		}
		mustPublish(t, h, "c", "x")
		mustPublish(t, h, "c", "y")
		r := h.Stats().Receivers
		want := slices.IndexFunc(r.Bounds, func(b float64) bool { return float64(n) <= b })
		for i, c := range r.Counts {
			expect := uint64(0)
			if i == want {
				expect = 2
			}
			if c != expect {
				t.Errorf("%d receivers: %d in bucket %d, want %d; all belong into bucket %d", n, c, i, expect, want)
			}
		}
		if r.Sum != float64(2*n) || r.Count() != 2 || h.Stats().Published != 2 {
			t.Errorf("%d receivers: sum %g, count %d", n, r.Sum, r.Count())
		}
	}
}

// A turn is timed from about its 64th delivery on; a small one is not.
func TestTurnsAreTimed(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	members := make([]sleeper, 70)
	for i := range 60 {
		mustJoin(t, h, l, &members[i], "c")
	}
	l.Run()
	mustPublish(t, h, "c", "x")
	l.Run()
	if n := h.Stats().Turns.Count(); n != 0 {
		t.Errorf("turns of 60 deliveries or joins were timed %d times", n)
	}
	for i := range 10 {
		mustJoin(t, h, l, &members[60+i], "c")
	}
	l.Run()
	members[63].sleep = 2 * time.Millisecond
	mustPublish(t, h, "c", "x")
	l.Run()
	turns := h.Stats().Turns
	if turns.Count() != 1 || turns.Sum < 0.002 {
		t.Errorf("%d turns of %g s, want one of at least 2 ms", turns.Count(), turns.Sum)
	}
	for i, b := range turns.Bounds {
		if b < 0.002 && turns.Counts[i] != 0 {
			t.Errorf("a turn of 2 ms is in the bucket up to %g s", b)
		}
	}
	// A loop that ends takes none of it along.
	h.Forget(l)
	if again := h.Stats().Turns; again.Count() != 1 || again.Sum != turns.Sum {
		t.Errorf("when the loop has ended: %d turns of %g s", again.Count(), again.Sum)
	}
}

type sleeper struct {
	counter
	sleep time.Duration
}

func (s *sleeper) Deliver(*hub.Message) hub.Outcome {
	time.Sleep(s.sleep)
	return hub.Sent
}

// Subscriptions go up and down with joins and leaves, and those of a loop that has ended are gone.
func TestSubscriptionsAreCounted(t *testing.T) {
	h := newHub(t, hub.Config{})
	a, b := hubtest.NewLoop(0), hubtest.NewLoop(1)
	members := make([]counter, 6)
	want := func(what string, n int) {
		t.Helper()
		if got := h.Stats().Subscriptions; got != n {
			t.Errorf("%s: %d subscriptions, want %d", what, got, n)
		}
	}
	for i := range members {
		l := a
		if i%2 == 1 {
			l = b
		}
		for c := range 3 {
			mustJoin(t, h, l, &members[i], fmt.Sprint("c", c))
		}
	}
	want("joins under way", 18)
	a.Run()
	b.Run()
	want("joined", 18)
	if err := h.Leave(a, &members[0], "c1"); err != nil {
		t.Fatal(err)
	}
	want("one left", 17)
	h.LeaveAll(a, &members[0])
	want("all of one left", 15)
	h.Forget(b)
	want("a loop ended", 6)
	h.LeaveAll(b, &members[1]) // as when its connection is torn down
	want("its members leave", 6)
	h.LeaveAll(a, &members[2])
	h.LeaveAll(a, &members[4])
	want("nobody", 0)
}
