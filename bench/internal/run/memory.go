package run

import (
	"context"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
)

// resident is the exact resident memory of the processes in bytes; it takes the kernel milliseconds for large ones.
func resident(pids []int) (int64, error) {
	var sum int64
	for _, pid := range pids {
		m, err := proc.ReadMemory(pid)
		if err != nil {
			return 0, err
		}
		sum += m.RSS
	}
	return sum, nil
}

const (
	settled      = 5    // readings that must agree
	settledTo    = 0.01 // how closely
	settleAtMost = 25   // readings until the last one is taken as it is
)

// settle reads until the reading has changed by less than a hundredth over five pauses, and returns it. A runtime that gives
// memory back to the system only later than 25 pauses is charged with it; so is every server.
func settle(pause func() error, read func() (int64, error)) (int64, error) {
	var seen []int64
	for {
		now, err := read()
		if err != nil {
			return 0, err
		}
		seen = append(seen, now)
		n := len(seen) - 1
		if n >= settled {
			change := float64(now - seen[n-settled])
			if max(change, -change) < settledTo*float64(seen[n-settled]) || n >= settleAtMost {
				return now, nil
			}
		}
		if err := pause(); err != nil {
			return 0, err
		}
	}
}

// watch reads the memory of processes every 20 ms from start to stop.
type watch struct {
	pids    []int
	began   time.Time
	seen    []sighting
	stopped chan struct{}
	cancel  context.CancelFunc
}

type sighting struct {
	at  time.Duration // since the watch began
	rss int64
}

const every = 20 * time.Millisecond

// start begins to watch; the first reading is taken before it returns.
func (w *watch) start() {
	ctx, cancel := context.WithCancel(context.Background())
	w.began, w.cancel, w.stopped = time.Now(), cancel, make(chan struct{})
	w.look()
	go func() {
		defer close(w.stopped)
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				w.look()
			case <-ctx.Done():
				return
			}
		}
	}()
}

// look adds a reading. A process that has ended is the meter's to report.
func (w *watch) look() {
	if rss, err := proc.RSS(w.pids); err == nil {
		w.seen = append(w.seen, sighting{time.Since(w.began), rss})
	}
}

// stop ends the watch, if it has begun; what it saw may be read then.
func (w *watch) stop() {
	if w.cancel != nil {
		w.cancel()
		<-w.stopped
	}
}

// first is the memory when the watch began, peak the most it saw.
func (w *watch) first() int64 {
	if len(w.seen) == 0 {
		return 0
	}
	return w.seen[0].rss
}

func (w *watch) peak() int64 {
	var most int64
	for _, s := range w.seen {
		most = max(most, s.rss)
	}
	return most
}

// at is the latest reading not after t.
func (w *watch) at(t time.Duration) int64 {
	rss := w.first()
	for _, s := range w.seen {
		if s.at > t {
			break
		}
		rss = s.rss
	}
	return rss
}
