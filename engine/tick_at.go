package engine

import "time"

// tickSoonest is the shortest pause before a tick that was asked for.
const tickSoonest = time.Millisecond

// Now returns the time since the engine was made, read from its clock: what [Loop.TickAt] goes by. Any goroutine may call it. It costs a look
// at the clock, some 40 ns; what comes with every message should do without.
func (l *Loop) Now() time.Duration { return time.Duration(l.e.clock()) }

// TickAt asks for a run of Handler.Tick at a time by [Loop.Now], or up to a millisecond or so after it; the usual ticks come all the
// same. Of several times the earliest counts, and Tick has to ask again for the others. To be called on the loop, also inside Tick.
func (l *Loop) TickAt(at time.Duration) {
	l.owner.check()
	ns := max(1, int64(at))
	if w := l.wanted.Load(); w != 0 && w <= ns {
		return
	}
	l.wanted.Store(ns)
	l.e.tickSooner()
}

// tickCame forgets the time that was asked for, if it has come.
func (l *Loop) tickCame() {
	if w := l.wanted.Load(); w != 0 && w <= l.now+l.lost {
		l.wanted.Store(0)
	}
}

// wantedIn returns the pause until the first tick that a loop has asked for; pace if none comes before that.
func (e *Engine) wantedIn(pace time.Duration) time.Duration {
	for _, l := range e.loops {
		if w := l.wanted.Load(); w != 0 {
			pace = min(pace, max(tickSoonest, time.Duration(w-e.clock())))
		}
	}
	return pace
}
