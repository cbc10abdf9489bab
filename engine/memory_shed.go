package engine

import (
	"cmp"
	"slices"
	"sync"
)

// shedFirst is how many consumers the first round closes at most; each round may close twice as many as the one before.
const shedFirst = 64

// shedding is one round: every loop says which of its connections have unsent bytes, and then those with most are closed.
type shedding struct {
	e       *Engine
	most    int   // connections to close at most
	target  int64 // unsent bytes to get rid of
	mu      sync.Mutex
	missing int // loops that have said nothing yet
	found   []hoarder
	closing int    // loops that have not closed theirs yet
	done    func() // is called when all are closed, where asides run
}

// hoarder is a connection whose unsent bytes we hold.
type hoarder struct {
	ref   Ref
	bytes int
}

// shed closes the consumers with the most unsent bytes: enough for excess in round 0, and for twice as much in each further
// one. Messages are shared between consumers, so that the last who holds one frees it, and the sum of what is closed
// says only how much is freed at most. done is called when they are closed.
func (e *Engine) shed(round int, excess int64, done func()) {
	round = min(round, 16)
	s := &shedding{e: e, most: shedFirst << round, target: excess << round, missing: len(e.loops), closing: len(e.loops), done: done}
	for _, l := range e.loops {
		l.Post(func() { s.add(l.hoarders()) })
	}
}

// hoarders returns the connections with a backlog. On the loop; linear in the number of full sockets.
func (l *Loop) hoarders() []hoarder {
	hs := make([]hoarder, 0, len(l.slow))
	for _, c := range l.slow {
		if c.back != nil && c.state == stateOpen {
			hs = append(hs, hoarder{c.Ref(), c.buffered()})
		}
	}
	return hs
}

func (s *shedding) add(hs []hoarder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = append(s.found, hs...)
	if s.missing--; s.missing == 0 {
		s.e.aside(s.close)
	}
}

// close closes those with most.
func (s *shedding) close() {
	slices.SortFunc(s.found, func(a, b hoarder) int { return cmp.Compare(b.bytes, a.bytes) })
	for i, h := range s.found {
		if i == s.most || s.target <= 0 {
			break
		}
		s.target -= int64(h.bytes)
		h.ref.Post(func(c *Conn) {
			if c.back != nil { // else it has caught up meanwhile
				c.tooSlow(ReasonShed, ErrMemory)
			}
		})
	}
	for _, l := range s.e.loops {
		l.Post(s.closed) // behind what l was posted above
	}
}

// closed is run by each loop when it has closed its own.
func (s *shedding) closed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing--; s.closing == 0 {
		s.e.aside(s.done)
	}
}
