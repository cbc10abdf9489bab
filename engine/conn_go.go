package engine

import (
	"fmt"
	"runtime/debug"

	"github.com/weir-ws/weir/frame"
)

// errand is one call of Conn.Go.
type errand struct {
	work func() (then func(*Conn))
	next *errand
}

// errands are the calls of Conn.Go of one connection that are not done, the first of which is being worked on.
type errands struct {
	first, last *errand
	count       int
}

// Go has work run on a goroutine of a bounded pool, where it may block: ask a database, call a service. What it returns, if
// anything, then runs on the connection's loop. The calls of one connection are worked off one after the other, so
// their continuations run in the order of the calls; meanwhile messages are received as ever. Continuations
// run only while the connection is open, and no work begins once Handler.Close has run; work that had begun is not
// interrupted. work must not touch the Conn: it is on another goroutine.
//
// It reports false, and work will not run, if the connection is not open or too much is waiting; see WorkersConfig. A panic
// in either func closes the connection with 1011, like one in a callback.
func (c *Conn) Go(work func() (then func(*Conn))) bool {
	l := c.loop
	l.owner.check()
	if c.state != stateOpen {
		return false
	}
	r := c.more()
	if r.errands == nil {
		r.errands = new(errands)
	}
	q, e := r.errands, &errand{work: work}
	switch {
	case q.count >= l.e.cfg.Workers.PerConn:
		return false
	case q.count == 0:
		if !c.dispatchErrand(e) {
			return false
		}
		q.first = e
	default:
		q.last.next = e
	}
	q.last = e
	q.count++
	return true
}

// dispatchErrand gives an errand to the pool.
func (c *Conn) dispatchErrand(e *errand) bool {
	l, ref := c.loop, c.Ref()
	return l.e.onWorker(l, l.e.workers, func() {
		then, failure := e.do(ref)
		l.post(task{cfn: func(c *Conn) { c.done(e, then, failure) }, ref: ref})
	})
}

// do works, on a goroutine of the pool.
func (e *errand) do(ref Ref) (then func(*Conn), failure *CloseError) {
	if !ref.loop.slots.alive(ref) {
		return nil, nil
	}
	returned := false
	defer func() {
		switch r := recover(); {
		case r != nil:
			l := ref.loop
			l.e.offLoop.panics.Add(1)
			l.e.cfg.Logger.Error("the work of Conn.Go panicked; its connection is closed", "panic", r, "stack", string(debug.Stack()))
			failure = &CloseError{Code: frame.StatusInternalError, Reason: "internal error", Err: fmt.Errorf("%w: %v", ErrPanic, r)}
		case !returned: // runtime.Goexit: the post behind us is not reached
			ref.loop.post(task{cfn: func(c *Conn) { c.done(e, nil, nil) }, ref: ref})
		}
	}()
	then = e.work()
	returned = true
	return then, nil
}

// done goes on where work has ended: its continuation, then the next errand. The connection is open.
func (c *Conn) done(e *errand, then func(*Conn), failure *CloseError) {
	if failure != nil {
		c.fail(failure)
		return
	}
	q := c.rare.errands
	if q.first = e.next; q.first == nil {
		q.last = nil
	}
	q.count--
	// The next work may begin while this continuation runs; its own continuation is posted, so it comes behind.
	if q.first != nil && !c.dispatchErrand(q.first) {
		c.fail(&CloseError{Code: frame.StatusTryAgainLater, Reason: "server is busy", Err: ErrBusy})
		return
	}
	if q.count == 0 {
		c.rare.errands = nil
	}
	if then != nil {
		then(c) // a panic in it is contained by the task it is part of
	}
}
