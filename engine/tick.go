package engine

import (
	"time"

	"github.com/weir-ws/weir/frame"
)

const (
	// tickIdle paces what is coarse: deadlines and drains, and the loop's clock while messages come in.
	tickIdle = 100 * time.Millisecond
	// tickDoze is the pace while only heartbeats are due. Every tick wakes the Go runtime's monitor thread, which then
	// polls for a while: ten ticks a second cost 0.0075 core, whatever else there is to do.
	tickDoze = time.Second
	// tickBusy is the pace while some socket is full: no poller event tells when it
	// has room again (gnet offers none without copying into its own buffer).
	tickBusy = 4 * time.Millisecond
)

// tick drives everything timed on the loop.
func (l *Loop) tick() {
	l.expire()
	l.retrySlow()
	if len(l.owing) > 0 {
		l.payOwing()
	}
	l.sweepSome()
	l.tickCame()
	l.callTick()
	l.codec.rest()
	l.doze()
}

// expiriesPerTurn bounds the connections that one turn gives up because their time is over. Their sockets are closed in that
// turn, at some ten microseconds each, and thousands may be due at once: who opens them so wants everybody else to wait.
const expiriesPerTurn = 32

// expire gives up the connections whose time is over, some in this turn and the rest in the next ones.
func (l *Loop) expire() {
	budget := expiriesPerTurn
	l.handshakes.due(l, &budget, (*Conn).handshakeLate)
	l.proxies.due(l, &budget, (*Conn).proxyLate)
	l.closings.due(l, &budget, (*Conn).closeLate)
	l.overdue = budget == 0
}

// handshakeLate closes a connection whose request head did not come in time.
func (c *Conn) handshakeLate() bool {
	if c.state != stateHandshake {
		return false
	}
	c.loop.stats.handshakeTimeouts.Add(1)
	c.loop.stats.note(ReasonHandshakeTimeout)
	if c.deciding() {
		c.undecided()
	} else {
		c.lostBecause(&CloseError{Code: frame.StatusAbnormal, Err: errHandshakeTimeout})
	}
	return true
}

// closeLate resets a connection whose peer did not end its side in time.
func (c *Conn) closeLate() bool {
	if c.state != stateClosing && c.state != stateLinger {
		return false
	}
	c.unanswered()
	return true
}

// doze lets the ticks come slowly if none of the things is under way that need them, and no message came since the last
// one. While a loop dozes its clock would be stale, so it is read whenever something happens.
func (l *Loop) doze() {
	l.dozing = !l.stirred && l.handshakes.empty() && l.closings.empty() && l.proxies.empty() && len(l.slow) == 0 && !l.e.draining.Load()
	l.stirred = false
	l.dozes.Store(l.dozing)
}

// stir ends a doze: something has begun that wants ticks.
func (l *Loop) stir() {
	l.stirred = true
	if !l.dozing {
		return
	}
	l.dozing = false
	l.dozes.Store(false)
	l.e.tickSooner()
}

// unanswered resets a connection whose peer let our close frame, or our FIN, go unanswered.
func (c *Conn) unanswered() {
	r := c.more()
	if r.closeErr == nil {
		r.closeErr = &CloseError{Code: frame.StatusAbnormal}
	}
	if r.closeErr.Err == nil && c.state == stateClosing {
		r.closeErr.Err = ErrCloseTimeout
		c.loop.stats.note(ReasonCloseTimeout)
	}
	c.abortBecause(r.closeErr)
}

// retrySlow tries the full sockets whose pause is over, and ends those that took
// nothing for the write timeout.
func (l *Loop) retrySlow() {
	n, queued := len(l.slow), 0
	kept := l.slow[:0]
	for i := 0; i < n; i++ {
		c := l.slow[i]
		if c.back != nil && (c.state == stateOpen || c.state == stateClosing) { // else it is ending, with a deadline of its own
			if t := l.e.cfg.WriteTimeout; t > 0 && l.now-c.back.stalled >= int64(t) {
				c.tooSlow(ReasonWriteTimeout, ErrWriteTimeout)
			}
		}
		if c.back != nil && c.state != stateDone && l.now >= c.back.retry {
			c.flush()
		}
		if c.back != nil && c.state != stateDone {
			kept = append(kept, c)
			queued += c.back.size
		} else {
			c.flags &^= flagSlow
		}
	}
	// Callbacks may have filled other sockets meanwhile.
	kept = append(kept, l.slow[n:]...)
	clear(l.slow[len(kept):])
	l.slow = kept
	l.stats.slow.Store(int64(len(kept)))
	l.stats.queued.Store(int64(queued))
}

// tickEvery returns the pace the engine's ticker should keep.
func (e *Engine) tickEvery() time.Duration {
	pace := max(tickIdle, min(tickDoze, e.cfg.sweepPeriod()))
	for _, l := range e.loops {
		if l.stats.slow.Load() > 0 {
			pace = tickBusy
			break
		}
		if !l.dozes.Load() {
			pace = tickIdle
		}
	}
	return e.wantedIn(pace)
}

// runTicker ticks every loop until stop is closed. It has the only timer of the engine.
func (e *Engine) runTicker(stop <-chan struct{}) {
	swept := time.Now()
	t := time.NewTimer(tickIdle)
	defer t.Stop()
	due := e.clock() + int64(tickIdle)
	for {
		select {
		case <-stop:
			return
		case <-e.quick: // come back sooner than planned
		case <-t.C:
			for _, l := range e.loops {
				l.tickIsDue(due)
				l.wake()
			}
			if now := time.Now(); now.Sub(swept) >= time.Second {
				swept = now
				if len(e.asides) == 0 { // else the one before has not come to it yet, and a round of shedding needs the room
					e.aside(e.everySecond)
				}
			}
		}
		pace := e.tickEvery()
		due = e.clock() + int64(pace)
		t.Reset(pace)
	}
}

// quicken asks the ticker for its faster pace.
func (l *Loop) quicken() {
	if l.stats.slow.Add(1) == 1 {
		l.stir()
		l.e.tickSooner()
	}
}

// tickSooner has the ticker look at its pace again.
func (e *Engine) tickSooner() {
	select {
	case e.quick <- struct{}{}:
	default:
	}
}
