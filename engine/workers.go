package engine

import "sync"

// WorkersConfig is what Config.Workers says about work that may block, which no loop may do: Conn.Go, and Handler.Upgrade
// if it is to.
type WorkersConfig struct {
	// Max is how many goroutines work at once for Conn.Go, and as many again for Handler.Upgrade (0: 64). None is
	// kept without work.
	Max int
	// Queue is how much work may wait for them, in calls, each kind for itself (0: 65,536). With more, Conn.Go returns
	// false and a handshake is answered 503.
	Queue int
	// PerConn is how many calls of Conn.Go one connection may have that are not done (0: 64). With more, Go
	// returns false.
	PerConn int
	// Upgrade lets Handler.Upgrade block: it runs on a worker while what the client sends behind its request waits,
	// up to 64 KiB. Config.HandshakeTimeout is then the time from accept to its decision.
	Upgrade bool
}

func (c *Config) workersDefaults() {
	orInt(&c.Workers.Max, 64)
	orInt(&c.Workers.Queue, 64<<10)
	orInt(&c.Workers.PerConn, 64)
}

func (c *Config) checkWorkers(bad func(cond bool, field, why string)) {
	bad(c.Workers.Max < 0, "Workers.Max", "must not be negative")
	bad(c.Workers.Queue < 0, "Workers.Queue", "must not be negative")
	bad(c.Workers.PerConn < 0, "Workers.PerConn", "must not be negative")
}

// workers is a bounded pool of goroutines. They start as work comes and end when there is none, so there is nothing to stop
// but the work.
type workers struct {
	max, limit int

	mu      sync.Mutex
	queue   []func()
	running int
	closed  bool
	quiet   chan struct{} // closed when closed and nobody works any more
}

func newWorkers(limit, queue int) *workers {
	return &workers{max: limit, limit: queue, quiet: make(chan struct{})}
}

// do has f run on some goroutine, in the order of calls as far as there are goroutines for it. It reports false if too
// much is waiting or the pool is closed, and never waits. f must not panic; it may end its goroutine.
func (w *workers) do(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed, w.running >= w.max && len(w.queue) >= w.limit:
		return false
	case w.running < w.max:
		w.running++
		go w.work(f)
	default:
		w.queue = append(w.queue, f)
	}
	return true
}

// work runs f and then what waits.
func (w *workers) work(f func()) {
	defer func() {
		if f != nil { // runtime.Goexit in f: this goroutine is lost, the rest of the queue is not
			if f = w.next(); f != nil {
				go w.work(f)
			}
		}
	}()
	for f != nil {
		f()
		f = w.next()
	}
}

// next takes the oldest work that waits. With none left the caller is counted out.
func (w *workers) next() func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) > 0 {
		f := w.queue[0]
		w.queue[0] = nil
		if w.queue = w.queue[1:]; len(w.queue) == 0 {
			w.queue = nil
		}
		return f
	}
	if w.running--; w.running == 0 && w.closed {
		close(w.quiet)
	}
	return nil
}

// close forgets what waits and takes no more. The channel is closed when nobody works any more.
func (w *workers) close() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed, w.queue = true, nil
		if w.running == 0 {
			close(w.quiet)
		}
	}
	return w.quiet
}
