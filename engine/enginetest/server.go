package enginetest

import (
	"fmt"
	"time"

	"github.com/weir-ws/weir/engine"
)

// TB is what a Server needs of a *testing.T or *testing.B.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// The pace of a real engine's ticks: while all sockets have room, and while some have not.
const (
	TickIdle = 100 * time.Millisecond
	TickBusy = 4 * time.Millisecond
)

// Server is an engine in memory. Its methods, and those of its clients, belong to one goroutine.
type Server struct {
	tb     TB
	m      *engine.Manual
	now    time.Duration
	ticked time.Duration
	second time.Duration // when EverySecond ran last
	dialed int
	read   []byte // the loops' read buffer
}

// New makes a server. cfg.Loops of 0 is one loop here. A cfg that cannot work fails tb; with a nil
// tb, for examples, it panics.
func New(tb TB, cfg engine.Config, h engine.Handler) *Server {
	if cfg.Loops == 0 {
		cfg.Loops = 1
	}
	s := &Server{tb: tb}
	m, err := engine.NewManual(cfg, h, func() time.Duration { return s.now })
	if err != nil {
		s.fatalf("enginetest: %v", err)
	}
	s.m = m
	return s
}

func (s *Server) fatalf(format string, args ...any) {
	if s.tb == nil {
		panic(fmt.Sprintf(format, args...))
	}
	s.tb.Helper()
	s.tb.Fatalf(format, args...)
}

// Engine returns the engine, for its Stats and Loops.
func (s *Server) Engine() *engine.Engine { return s.m.Engine() }

// Now returns the clock, which starts at 0.
func (s *Server) Now() time.Duration { return s.now }

// Settle gives turns to the loops that want one until none does.
func (s *Server) Settle() {
	for again := true; again; {
		again = false
		for i := range s.m.Engine().Loops() {
			if s.m.Due(i) {
				s.m.Turn(i)
				again = true
			}
		}
	}
}

// Due reports whether loop i wants a turn: something was posted to it, or writes are left over.
func (s *Server) Due(i int) bool { return s.m.Due(i) }

// Turn gives loop i one turn, and reports whether it wanted one.
func (s *Server) Turn(i int) bool {
	due := s.m.Due(i)
	s.m.Turn(i)
	return due
}

// Tick gives loop i one turn with a tick, now.
func (s *Server) Tick(i int) { s.m.Tick(i) }

// Advance moves the clock by d. On the way every loop ticks at the engine's pace and all of them
// settle after each tick. Once a second memory and rate buckets are looked at.
func (s *Server) Advance(d time.Duration) {
	for end := s.now + d; ; {
		pace := TickIdle
		if s.m.Engine().Stats().Slow > 0 {
			pace = TickBusy
		}
		next := s.ticked + pace
		if at, ok := s.m.TickWanted(); ok {
			next = min(next, max(at, s.ticked+time.Millisecond))
		}
		if s.now = max(s.now, next); s.now > end {
			s.now = end
			return
		}
		s.ticked = s.now
		for i := range s.m.Engine().Loops() {
			s.m.Tick(i)
		}
		if s.now-s.second >= time.Second {
			s.second = s.now
			s.m.EverySecond()
		}
		s.Settle()
	}
}

// Jump moves the clock by d with no tick on the way, as when a process was stopped for that
// long. The next Advance or Tick finds everything due at once.
func (s *Server) Jump(d time.Duration) { s.now += d }

// Drain begins what Engine.Shutdown begins: every connection is closed with 1001 within
// Config.DrainWindow.
func (s *Server) Drain() { s.m.Drain() }

// Stop ends the loops: every later Post fails.
func (s *Server) Stop() { s.m.Stop() }
