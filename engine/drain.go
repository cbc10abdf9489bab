package engine

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/weir-ws/weir/frame"
)

// DrainConfig refines how Shutdown sends clients away; Config.DrainWindow has the span, Config.DrainCode the status.
type DrainConfig struct {
	// Pace is the longest pause between two closes on one loop: with too few connections to fill the window at this
	// pace it ends sooner, because a few clients that come back at once trouble nobody. 0: the closes fill the window.
	Pace time.Duration
	// RetryAfter is the hint that clients get: the reason of the close frame ends in "; retry-after=1500ms", a time
	// of the client's own, evenly spread from RetryAfter to twice as much. Whole milliseconds. 0: no hint.
	RetryAfter time.Duration
	// Seed decides the order of the closes and the hints, so that a drain can be repeated. 0: they differ each time.
	Seed uint64
}

func (c *DrainConfig) validate() (errs []error) {
	if c.Pace < 0 {
		errs = append(errs, &ConfigError{Field: "Drain.Pace", Why: "must not be negative"})
	}
	if c.RetryAfter < 0 || c.RetryAfter%time.Millisecond != 0 {
		errs = append(errs, &ConfigError{Field: "Drain.RetryAfter", Why: "must be whole milliseconds, and not negative"})
	}
	return errs
}

// handshakeGrace is how long a connection may still send its request when the drain has begun. The answer is 503; who says
// nothing is not waited for, or a probe that only connects would hold up the end.
const handshakeGrace = int64(time.Second)

// drainPlan closes a loop's connections in random order, spread over a window, so that
// a million clients do not come back in the same second.
type drainPlan struct {
	refs    []Ref // open when the drain began
	done    int
	shaking []Ref // in their handshakes then, or come since
	since   int64
	window  int64
	active  bool
	chance  *rand.Rand
}

// start plans the end of every connection the loop has. On the loop.
func (d *drainPlan) start(l *Loop) {
	if d.active {
		return
	}
	d.active = true
	l.stir()
	cfg := &l.e.cfg
	for _, c := range l.slots.conns {
		switch {
		case c == nil:
		case c.state == stateHandshake:
			d.shaking = append(d.shaking, c.Ref())
		default:
			d.refs = append(d.refs, c.Ref())
		}
	}
	d.since, d.window = l.now, max(0, int64(cfg.DrainWindow))
	if pace := int64(cfg.Drain.Pace); pace > 0 {
		d.window = min(d.window, pace*int64(len(d.refs)))
	}
	seed := cfg.Drain.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	d.chance = rand.New(rand.NewPCG(seed, uint64(l.index)))
	d.chance.Shuffle(len(d.refs), func(i, j int) { d.refs[i], d.refs[j] = d.refs[j], d.refs[i] })
	d.step(l)
}

// late adds a connection that was accepted before the drain and came to the loop after its start.
func (d *drainPlan) late(c *Conn) {
	if d.active {
		d.shaking = append(d.shaking, c.Ref())
	}
}

// step closes those whose share of the window has passed.
func (d *drainPlan) step(l *Loop) {
	if !d.active {
		return
	}
	elapsed, due := l.now-d.since, len(d.refs)
	if elapsed < d.window {
		due = int(float64(len(d.refs)) * float64(elapsed) / float64(d.window))
	}
	for ; d.done < due; d.done++ {
		if c := l.slots.get(d.refs[d.done]); c != nil {
			c.Close(l.e.cfg.DrainCode, d.reason(&l.e.cfg))
		}
	}
	if elapsed < min(max(0, int64(l.e.cfg.DrainWindow)), handshakeGrace) {
		return
	}
	for _, r := range d.shaking {
		switch c := l.slots.get(r); {
		case c == nil:
		case c.state == stateHandshake:
			c.lostBecause(&CloseError{Code: frame.StatusGoingAway, Err: ErrClosed})
		default:
			c.Close(l.e.cfg.DrainCode, d.reason(&l.e.cfg))
		}
	}
	d.shaking = nil
}

// reason is what the close frame of the next connection says.
func (d *drainPlan) reason(cfg *Config) string {
	text := drainReason(cfg.DrainCode)
	if cfg.Drain.RetryAfter == 0 {
		return text
	}
	least := cfg.Drain.RetryAfter.Milliseconds()
	return text + "; retry-after=" + strconv.FormatInt(least+d.chance.Int64N(least+1), 10) + "ms"
}

// RFC 6455 7.4.1 has 1001 for "a server going down"; 1012, from its IANA registry, tells a client to come back.
func drainReason(code frame.Status) string {
	if code == frame.StatusServiceRestart {
		return "server is restarting"
	}
	return "server is going away"
}
