package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
)

// A tick comes when it was asked for, the earliest of several, and once; the usual ones come beside it.
func TestTickAt(t *testing.T) {
	const ms = time.Millisecond
	var at []time.Duration
	s := enginetest.New(t, engine.Config{}, engine.Handler{Tick: func(l *engine.Loop) { at = append(at, l.Now()) }})
	l := s.Engine().Loop(0)
	on := func(f func()) { l.Post(f); s.Settle() }
	on(func() { l.TickAt(30 * ms); l.TickAt(12 * ms); l.TickAt(50 * ms) })
	s.Advance(200 * ms)
	if want := []time.Duration{12 * ms, 112 * ms}; !slices.Equal(at, want) {
		t.Errorf("ticks at %v, want them at %v: the one asked for, and the usual one", at, want)
	}
	on(func() { l.TickAt(0) }) // it is over: at once
	if p := engine.Pace(s.Engine()); p != ms {
		t.Errorf("a time that is over has the ticker wait %v", p)
	}
	s.Advance(100 * ms)
	if p := engine.Pace(s.Engine()); p < 100*ms {
		t.Errorf("nobody asks, and ticks come every %v", p)
	}
}

// On a real engine nobody waits for the usual tick.
func TestTickAtOnSockets(t *testing.T) {
	const times = 50
	ticked := make(chan time.Duration, 10*times)
	serve(t, engine.Config{Loops: 1, Addrs: []string{"127.0.0.1:0"}, DrainWindow: -1}, engine.Handler{Tick: func(l *engine.Loop) {
		l.TickAt(l.Now() + time.Millisecond)
		select {
		case ticked <- l.Now():
		default:
		}
	}})
	for range times { // 5 s at the usual pace; how long it takes is not judged
		<-ticked
	}
}
