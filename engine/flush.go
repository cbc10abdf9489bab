package engine

import (
	"context"
	"slices"
)

// Flush returns once every loop has been seen with no unsent byte on any connection,
// after everything that was posted to it before the call. It lets a publisher outside the
// loops go as fast as its slowest reader and no faster; a reader that takes
// nothing is ended by the write deadline. Any goroutine may call it except a loop's. The error is ctx's, or ErrClosed.
func (e *Engine) Flush(ctx context.Context) error {
	for _, l := range e.loops {
		w := make(chan struct{})
		if !l.Post(func() { l.waiters = append(l.waiters, w) }) {
			return ErrClosed
		}
		select {
		case <-w:
		case <-e.ended:
			return ErrClosed
		case <-ctx.Done():
			l.Post(func() { l.waiters = slices.DeleteFunc(l.waiters, func(x chan struct{}) bool { return x == w }) })
			return ctx.Err()
		}
	}
	return nil
}
