package hub_test

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// gated is a Fold of numbers whose first Apply waits.
type gated struct {
	sum
	in, open chan struct{}
}

func (g *gated) Apply(m *hub.Message) error {
	if m.Seq == 1 {
		close(g.in)
		<-g.open
	}
	return g.sum.Apply(m)
}

// A fold that is slower than the publishers holds them up, so that what waits for it stays bounded, and the state is whole all the same.
func TestSlowFold(t *testing.T) {
	const most, n = 1024, 5000
	f := &gated{in: make(chan struct{}), open: make(chan struct{})}
	h := newHub(t, hub.Config{Options: func(string) *hub.ChannelOptions {
		return &hub.ChannelOptions{Snapshot: hub.SnapshotFold, Fold: func() hub.Fold { return f }}
	}})
	var published atomic.Int64
	add := func(times int) (done chan struct{}) {
		done = make(chan struct{})
		go func() {
			defer close(done)
			for range times {
				if _, err := h.Publish(t.Context(), "c", hub.Payload{Data: []byte("2")}); err != nil {
					t.Error(err)
				}
				published.Add(1)
			}
		}()
		return done
	}
	first := add(1)
	<-f.in
	second := add(n)
	for published.Load() < most-1 {
		runtime.Gosched()
	}
	yieldALot() // time for a publisher that is not held up to show it
	if got := published.Load(); got > most {
		t.Errorf("%d messages were published ahead of the fold, want at most %d", got, most)
	}
	close(f.open)
	<-first
	<-second
	publish(t, h, "c", "2")

	checkSum(t, h, n+2, 2*(n+2))
}

// yieldALot lets the other goroutines come as far as they can, mostly.
func yieldALot() {
	for range 1000 {
		runtime.Gosched()
	}
}

// checkSum compares what a newcomer makes of what it is shown.
func checkSum(t *testing.T, h *hub.Hub, at uint64, sum int) {
	t.Helper()
	l, told := hubtest.NewLoop(0), hub.Joined{}
	if err := h.Join(l, &hubtest.Recorder{}, "c", hub.JoinOptions{Joined: func(j hub.Joined) { told = j }}); err != nil {
		t.Fatal(err)
	}
	l.Run()
	a := &adder{t: t, seen: map[uint64]int{}}
	a.joined(told)
	if a.at != at || a.sum != sum {
		t.Errorf("the sum at %d is %d, want %d at %d", a.at, a.sum, sum, at)
	}
}

// exiting is a Fold that ends the goroutine of its caller once.
type exiting struct{ sum }

func (e *exiting) Apply(m *hub.Message) error {
	if m.Seq == 2 {
		runtime.Goexit()
	}
	return e.sum.Apply(m)
}

// A fold that takes its publisher's goroutine with it holds up nobody else, and what it has is not used any more.
func TestFoldEndsTheGoroutine(t *testing.T) {
	h := newHub(t, hub.Config{Options: func(string) *hub.ChannelOptions {
		return &hub.ChannelOptions{Snapshot: hub.SnapshotFold, Fold: func() hub.Fold { return &exiting{} }}
	}})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		publish(t, h, "c", "1 1")
		t.Error("the goroutine goes on")
	}()
	<-gone
	publish(t, h, "c", strings.Repeat("1 ", 3000))
	checkSum(t, h, 3002, 3002)
}
