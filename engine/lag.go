package engine

import (
	"sync/atomic"
	"time"
)

// lagWindow is how long a loop's worst delay is remembered at least; at most twice that.
const lagWindow = int64(10 * time.Second)

// lagMeter keeps how late a loop's ticks ran: what every connection of the loop waits for before anything is done for it.
// The loop writes, anybody reads. It costs two comparisons a tick, and nothing between ticks.
type lagMeter struct {
	window        int64 // the window that worst is of; the loop's own
	worst, before atomic.Int64
}

// note takes a tick that was due at one time and ran at another, both by the engine's clock.
func (m *lagMeter) note(due, ran int64) {
	if w := ran / lagWindow; w != m.window {
		// In this order a reader finds the old worst in one of the two at any time.
		m.before.Store(m.worst.Load())
		if w != m.window+1 {
			m.before.Store(0)
		}
		m.worst.Store(0)
		m.window = w
	}
	if late := ran - due; late > m.worst.Load() {
		m.worst.Store(late)
	}
}

// tickIsDue asks for a tick. One that is still due stays due since when it was.
func (l *Loop) tickIsDue(at int64) { l.tickDue.CompareAndSwap(0, max(1, at)) }

// Lag returns how late the loop has been at worst during the last 10 to 20 seconds, or is now if that is more: the time from
// when a tick was due to when it ran. Under a millisecond is usual. A loop that is held up by a callback that blocks, or
// by a machine without time to spare, shows here first. Any goroutine may call it.
func (l *Loop) Lag() time.Duration {
	worst := max(l.lag.worst.Load(), l.lag.before.Load())
	if due := l.tickDue.Load(); due != 0 {
		worst = max(worst, l.e.clock()-due)
	}
	return time.Duration(worst)
}
