package hubtest

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weir-ws/weir/hub"
)

// Subject is a loop under test.
type Subject struct {
	Loop hub.Loop
	// Pump runs posted funcs until none is left; nil for a loop that runs by itself.
	Pump func()
	// Stop ends the loop and returns when it has ended. TestLoop calls it once for each
	// subject, not on the loop.
	Stop func()
}

func (s Subject) pump() {
	if s.Pump != nil {
		s.Pump()
	}
}

// TestLoop fails unless the loops that start returns keep the promises of hub.Loop. It waits
// for posted funcs without a deadline of its own: a loop that loses one hangs the test.
func TestLoop(t *testing.T, start func(t *testing.T) Subject) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Subject)
	}{
		{"Index", loopIndex},
		{"Order", loopOrder},
		{"ManyGoroutines", loopManyGoroutines},
		{"PostFromLoopRunsLater", loopPostFromLoop},
		{"EndlessPosterLetsOthersIn", loopEndlessPoster},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t)
			defer s.Stop()
			c.test(t, s)
		})
	}
	t.Run("Stop", func(t *testing.T) { loopStop(t, start(t)) })
}

func loopIndex(t *testing.T, s Subject) {
	if same := s.Loop; same != s.Loop { // panics if it cannot be compared
		t.Error("the loop is not equal to itself")
	}
	if i := s.Loop.Index(); i < 0 || i != s.Loop.Index() {
		t.Errorf("Index is %d, then %d: want one number, not negative", i, s.Loop.Index())
	}
}

func loopOrder(t *testing.T, s Subject) {
	const n = 5000 // above 1024, where some task queues cease to be FIFO
	var got []int
	last := make(chan struct{})
	for i := range n {
		mustPost(t, s, func() {
			got = append(got, i)
			if i == n-1 {
				close(last)
			}
		})
	}
	s.pump()
	<-last
	for i, x := range got {
		if x != i {
			t.Fatalf("func %d ran as number %d", x, i)
		}
	}
	if len(got) != n {
		t.Fatalf("%d funcs ran before the last one of %d", len(got), n)
	}
}

func loopManyGoroutines(t *testing.T, s Subject) {
	const posters, each = 8, 500
	var running atomic.Int32
	next := make([]int, posters) // touched on the loop only: the race detector is part of the test
	var ran, posted sync.WaitGroup
	ran.Add(posters * each)
	for p := range posters {
		posted.Go(func() {
			for i := range each {
				mustPost(t, s, func() {
					if running.Add(1) != 1 {
						t.Error("two funcs ran at a time")
					}
					if next[p] != i {
						t.Errorf("goroutine %d: func %d ran where %d was due", p, i, next[p])
					}
					next[p] = i + 1
					running.Add(-1)
					ran.Done()
				})
			}
		})
	}
	posted.Wait()
	s.pump()
	ran.Wait()
}

func loopPostFromLoop(t *testing.T, s Subject) {
	var got []string
	done := make(chan struct{})
	mustPost(t, s, func() {
		// The second func is posted here, so that it is certainly behind the first.
		mustPost(t, s, func() { got = append(got, "posted") })
		mustPost(t, s, func() { close(done) })
		got = append(got, "poster")
	})
	s.pump()
	<-done
	if len(got) != 2 || got[0] != "poster" || got[1] != "posted" {
		t.Errorf("ran %q: want the posting func to end before the posted one begins", got)
	}
}

func loopEndlessPoster(t *testing.T, s Subject) {
	let, done := false, make(chan struct{})
	var again func()
	again = func() {
		if let {
			close(done)
			return
		}
		s.Loop.Post(again)
	}
	mustPost(t, s, again)
	mustPost(t, s, func() { let = true })
	s.pump()
	<-done
}

func loopStop(t *testing.T, s Subject) {
	s.Stop()
	for range 2 {
		if s.Loop.Post(func() { t.Error("a func ran after the loop had ended") }) {
			t.Error("Post reported true after the loop had ended")
		}
	}
	s.pump()
}

func mustPost(t *testing.T, s Subject, f func()) {
	if !s.Loop.Post(f) {
		t.Error("Post reported false while the loop ran")
	}
}
