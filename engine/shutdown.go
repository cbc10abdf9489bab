package engine

import (
	"context"
	"sync"
	"time"
)

// end makes everything that waits for the engine, or posts to it, find out that it is over.
func (e *Engine) end() {
	e.closeMail()
	e.endOnce.Do(func() { close(e.ended) })
}

func (e *Engine) closeMail() {
	for _, l := range e.loops {
		l.mail.close()
	}
}

// waitFor waits for the engine's goroutines; not for long if a loop died, because an acceptor may be waiting for that one for ever.
func waitFor(wg *sync.WaitGroup, dead bool) {
	if !dead {
		wg.Wait()
		return
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(deadLoopWait):
	}
}

// endWorkers waits for work that has begun, which nothing can interrupt, as long as a peer may take to answer a close frame.
func (e *Engine) endWorkers() {
	patience := time.NewTimer(e.cfg.CloseTimeout)
	defer patience.Stop()
	for _, w := range []*workers{e.workers, e.deciders} {
		select {
		case <-w.close():
		case <-patience.C:
			e.cfg.Logger.Warn("work of Conn.Go or Handler.Upgrade is still running although the engine has ended")
			return
		}
	}
}

// Shutdown drains the engine: it stops accepting, closes every connection with Config.DrainCode
// spread over Config.DrainWindow, waits for the close handshakes, and then makes Run return. When
// ctx ends first the rest is cut off, and a [CutOffError] returned to the first caller, ctx's error to others. Any goroutine may call it except a
// loop's; later calls wait like the first. Before Run it ends the engine too: Run then returns ErrClosed.
func (e *Engine) Shutdown(ctx context.Context) error {
	err := e.shutdown(ctx)
	e.mu.Lock()
	stop, running := e.stop, e.running
	e.mu.Unlock()
	if !running {
		e.closeListeners()
		e.end()
		return err
	}
	stop()
	<-e.ended
	return err
}

// shutdown does all of Shutdown but the end of Run.
func (e *Engine) shutdown(ctx context.Context) error {
	first := !e.draining.Swap(true)
	e.closeListeners()
	if !first {
		select {
		case <-e.drained:
		case <-e.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
		return nil
	}
	defer close(e.drained)
	e.startDrains()
	var webGone <-chan struct{}
	if e.web != nil {
		webGone = e.web.shutdown(ctx)
	}
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		if e.conns() == 0 && (e.web == nil || gone(webGone)) {
			return nil
		}
		select {
		case <-poll.C:
		case <-e.ended:
			return nil
		case <-ctx.Done():
			return &CutOffError{Conns: e.conns(), HTTPConns: e.Stats().HTTPConns, Err: ctx.Err()}
		}
	}
}

// startDrains makes every loop plan the end of its connections.
func (e *Engine) startDrains() {
	for _, l := range e.loops {
		l.Post(func() { l.drain.start(l) })
	}
}

func gone(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func (e *Engine) conns() (n int64) {
	for _, l := range e.loops {
		n += l.stats.conns.Load()
	}
	return n
}
