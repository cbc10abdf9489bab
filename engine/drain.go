package engine

import (
	"math/rand/v2"

	"github.com/weir-ws/weir/frame"
)

// drainPlan closes a loop's connections in random order, spread over a window, so that
// a million clients do not come back in the same second.
type drainPlan struct {
	refs   []Ref
	done   int
	since  int64
	window int64
	active bool
}

// start plans the end of every connection the loop has. On the loop.
func (d *drainPlan) start(l *Loop) {
	if d.active {
		return
	}
	d.active = true
	l.stir()
	d.since, d.window = l.now, max(0, int64(l.e.cfg.DrainWindow))
	for _, c := range l.slots.conns {
		if c != nil {
			d.refs = append(d.refs, c.Ref())
		}
	}
	rand.Shuffle(len(d.refs), func(i, j int) { d.refs[i], d.refs[j] = d.refs[j], d.refs[i] })
	d.step(l)
}

// late adds a connection that was accepted before the drain and came to the loop after its start.
func (d *drainPlan) late(c *Conn) {
	if d.active {
		d.refs = append(d.refs, c.Ref())
	}
}

// step closes those whose share of the window has passed.
func (d *drainPlan) step(l *Loop) {
	if !d.active {
		return
	}
	due := len(d.refs)
	if elapsed := l.now - d.since; elapsed < d.window {
		due = int(float64(len(d.refs)) * float64(elapsed) / float64(d.window))
	}
	for ; d.done < due; d.done++ {
		c := l.slots.get(d.refs[d.done])
		switch {
		case c == nil:
		case c.state == stateHandshake:
			c.lostBecause(&CloseError{Code: frame.StatusGoingAway, Err: ErrClosed})
		default:
			c.Close(l.e.cfg.DrainCode, drainReason(l.e.cfg.DrainCode))
		}
	}
}

// RFC 6455 7.4.1 has 1001 for "a server going down"; 1012, from its IANA registry, tells a client to come back.
func drainReason(code frame.Status) string {
	if code == frame.StatusServiceRestart {
		return "server is restarting"
	}
	return "server is going away"
}
