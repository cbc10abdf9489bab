package hubtest_test

import (
	"testing"

	"github.com/weir-ws/weir/hub/hubtest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLoopByHand(t *testing.T) {
	hubtest.TestLoop(t, func(*testing.T) hubtest.Subject {
		l := hubtest.NewLoop(3)
		return hubtest.Subject{Loop: l, Pump: func() { l.Run() }, Stop: l.Stop}
	})
}

func TestRunner(t *testing.T) {
	hubtest.TestLoop(t, func(*testing.T) hubtest.Subject {
		r := hubtest.Start(0)
		return hubtest.Subject{Loop: r, Stop: r.Stop}
	})
}

func TestTurnRunsOnlyWhatWasPostedBefore(t *testing.T) {
	l := hubtest.NewLoop(0)
	ran := 0
	l.Post(func() {
		ran++
		l.Post(func() { ran++ })
	})
	if n := l.Turn(); n != 1 || ran != 1 || l.Pending() != 1 {
		t.Fatalf("first turn ran %d (%d seen), %d pending: want 1, 1, 1", n, ran, l.Pending())
	}
	if n := l.Run(); n != 1 || ran != 2 {
		t.Fatalf("Run took %d turns, %d funcs ran in all: want 1, 2", n, ran)
	}
}

func TestRunnerDo(t *testing.T) {
	r := hubtest.Start(0)
	x := 0
	if !r.Do(func() { x = 1 }) || x != 1 {
		t.Errorf("Do on a running loop: x is %d, want 1 and true", x)
	}
	r.Stop()
	if r.Do(func() { x = 2 }) || x != 1 {
		t.Errorf("Do on an ended loop: x is %d, want 1 and false", x)
	}
}
