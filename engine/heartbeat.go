package engine

import (
	"time"

	"github.com/weir-ws/weir/frame"
)

// sweep walks over a loop's connections so that each is looked at once a period,
// a few at every tick: no timer and no goroutine per connection.
type sweep struct {
	next int   // the slot to look at next
	last int64 // loop time up to which slots were due
}

// sweepPeriod is how long one walk takes: a ping is late by at most this.
func (c *Config) sweepPeriod() time.Duration {
	d := 20 * time.Second
	if c.PingAfter > 0 {
		d = c.PingAfter
	}
	if c.DeadAfter > 0 {
		d = min(d, c.DeadAfter)
	}
	return min(max(d/8, time.Millisecond), 5*time.Second)
}

func (l *Loop) sweepSome() {
	cfg := &l.e.cfg
	s, total := &l.sweep, len(l.slots.conns)
	if cfg.PingAfter < 0 && cfg.DeadAfter < 0 || total == 0 {
		s.last = l.now
		return
	}
	due := total
	if elapsed, period := l.now-s.last, int64(cfg.sweepPeriod()); elapsed < period {
		due = int(int64(total) * elapsed / period)
	}
	if due == 0 {
		return
	}
	s.last = l.now
	now := coarse(l.now)
	pingAfter, deadAfter := coarse(int64(cfg.PingAfter)), coarse(int64(cfg.DeadAfter))
	for range due {
		if s.next >= total {
			s.next = 0
		}
		c := l.slots.conns[s.next]
		s.next++
		if c == nil || c.state != stateOpen {
			continue
		}
		switch idle := now - c.lastRead; {
		case cfg.DeadAfter > 0 && idle >= deadAfter:
			l.stats.pingTimeouts.Add(1)
			l.stats.note(ReasonPingTimeout)
			c.abortBecause(&CloseError{Code: frame.StatusAbnormal, Err: ErrPingTimeout})
		case cfg.PingAfter > 0 && idle >= pingAfter && c.flags&flagPinged == 0:
			c.flags |= flagPinged
			l.stats.pings.Add(1)
			c.enqueue(emptyPing)
		}
	}
}

// emptyPing is shared by all: RFC 6455 5.5.2 lets a ping have no application data.
var emptyPing = frame.NewMessage(frame.OpPing, nil)
