package hubtest

import "sync"

// Loop is a hub.Loop that runs posted funcs when it is told to, on the caller's goroutine:
// a test decides what happens when. Post may be called by any goroutine, Turn and Run by
// the one that plays the loop.
type Loop struct {
	index   int
	mu      sync.Mutex
	posted  []func()
	spare   []func() // emptied, for the next turn: a turn allocates nothing
	stopped bool
}

// NewLoop returns a loop with nothing posted.
func NewLoop(index int) *Loop { return &Loop{index: index} }

// Index implements hub.Loop.
func (l *Loop) Index() int { return l.index }

// Post implements hub.Loop.
func (l *Loop) Post(f func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return false
	}
	l.posted = append(l.posted, f)
	return true
}

// Pending returns the number of funcs that wait for a turn.
func (l *Loop) Pending() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.posted)
}

// Turn runs what was posted before the call, not what that posts, and returns how many
// funcs it ran.
func (l *Loop) Turn() int {
	l.mu.Lock()
	fs := l.posted
	l.posted, l.spare = l.spare[:0], nil
	l.mu.Unlock()
	for i, f := range fs {
		fs[i] = nil
		f()
	}
	l.mu.Lock()
	l.spare = fs[:0]
	l.mu.Unlock()
	return len(fs)
}

// Run turns the loop until nothing is posted, and returns the number of turns.
func (l *Loop) Run() (turns int) {
	for l.Turn() > 0 {
		turns++
	}
	return turns
}

// Stop ends the loop: what is posted is forgotten, Post reports false. A second Stop does
// nothing.
func (l *Loop) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	l.posted = nil
}
