package hubtest

// Runner is a hub.Loop with a goroutine of its own, for tests that want real concurrency.
type Runner struct {
	*Loop
	wake chan struct{}
	quit chan struct{}
	done chan struct{}
}

// Start returns a running loop; Stop must be called.
func Start(index int) *Runner {
	r := &Runner{
		Loop: NewLoop(index),
		wake: make(chan struct{}, 1),
		quit: make(chan struct{}),
		done: make(chan struct{}),
	}
	go r.run()
	return r
}

func (r *Runner) run() {
	defer close(r.done)
	for {
		select {
		case <-r.quit:
			return
		case <-r.wake:
			r.Run()
		}
	}
}

// Post implements hub.Loop.
func (r *Runner) Post(f func()) bool {
	if !r.Loop.Post(f) {
		return false
	}
	select {
	case r.wake <- struct{}{}:
	default: // the goroutine has not yet looked since the last wake
	}
	return true
}

// Do runs f on the loop and waits until it has returned; false: the loop has ended before.
// It must not be called on the loop.
func (r *Runner) Do(f func()) bool {
	ran := make(chan struct{})
	if !r.Post(func() { defer close(ran); f() }) {
		return false
	}
	select {
	case <-ran:
		return true
	case <-r.done:
		select {
		case <-ran:
			return true
		default:
			return false
		}
	}
}

// Stop ends the loop and waits for its goroutine. Call it once, not on the loop.
func (r *Runner) Stop() {
	r.Loop.Stop()
	close(r.quit)
	<-r.done
}
