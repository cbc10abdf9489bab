package engine

import (
	"runtime/debug"

	"github.com/weir-ws/weir/frame"
)

// exits is called on a loop whose goroutine is about to end because a callback called runtime.Goexit, which nothing can
// stop. It makes it known: the connections of the loop are closed, and Run returns, instead of leaving them on a loop
// that is no more.
func (l *Loop) exits() {
	if l.exiting {
		return
	}
	l.exiting = true
	l.e.cfg.Logger.Error("a callback called runtime.Goexit; the engine stops", "loop", l.index, "stack", string(debug.Stack()))
	l.e.loopDied(ErrGoexit)
	for _, c := range l.slots.conns {
		if c != nil {
			c.lostBecause(&CloseError{Code: frame.StatusAbnormal, Err: ErrGoexit})
		}
	}
	l.bury()
	l.host.abandon()
}

// loopDied makes Run return err. Any goroutine may call it.
func (e *Engine) loopDied(err error) {
	select {
	case e.died <- err:
	default: // it has been told of another
	}
}
