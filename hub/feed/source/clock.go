package source

import (
	"context"
	"time"
)

// Clock is the time a source lives by. Now may be called from any goroutine; Sleep is called by the goroutine
// that runs the source.
type Clock interface {
	// Now is the current time; differences between two of its values must not be disturbed by the wall clock
	// being set (time.Now's monotonic reading).
	Now() time.Time
	// Sleep returns nil once d has passed, or ctx.Err() as soon as ctx ends.
	Sleep(ctx context.Context, d time.Duration) error
}

// SystemClock is the machine's clock: what a nil Clock in a configuration means.
func SystemClock() Clock { return systemClock{} }

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// granule is the shortest sleep. Feeds come in bursts with microseconds between messages; a wake for each would
// cost more than the message, and no subscriber across a network can see the difference.
const granule = time.Millisecond

// schedule waits for points of time given as offsets from one start, so that no wait depends on how late the one
// before it was.
type schedule struct {
	clock Clock
	base  time.Time
	now   time.Duration // the clock as last read: what is due by then needs no new reading
}

// restart makes the present offset 0.
func (s *schedule) restart() {
	s.base, s.now = s.clock.Now(), 0
}

// wait returns once offset is reached, at once if it has passed; ctx.Err() if ctx ends first. It is never early,
// and less than a granule late by intent.
func (s *schedule) wait(ctx context.Context, offset time.Duration) error {
	for offset > s.now {
		s.now = s.clock.Now().Sub(s.base)
		if offset <= s.now {
			break
		}
		if err := s.clock.Sleep(ctx, max(offset-s.now, granule)); err != nil {
			return err
		}
	}
	return ctx.Err()
}
