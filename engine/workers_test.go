package engine

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// No more goroutines than allowed, every piece of work once, in order where there is one goroutine.
func TestWorkersAreBounded(t *testing.T) {
	for _, limit := range []int{1, 3} {
		w := newWorkers(limit, 10_000)
		var now, most, done atomic.Int64
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Add(1)
			if !w.do(func() {
				defer wg.Done()
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				if i%100 == 0 {
					time.Sleep(time.Millisecond)
				}
				now.Add(-1)
				done.Add(1)
			}) {
				t.Fatal("refused")
			}
		}
		wg.Wait()
		if most.Load() > int64(limit) || done.Load() != 1000 {
			t.Errorf("%d at once of %d allowed, %d done", most.Load(), limit, done.Load())
		}
		for i, n := range order {
			if limit == 1 && i != n {
				t.Fatalf("work %d came as number %d", n, i)
			}
		}
		<-w.close()
	}
}

// What is too much is refused at once; what waits when the pool closes never begins.
func TestWorkersRefuse(t *testing.T) {
	w := newWorkers(2, 3)
	hold := make(chan struct{})
	var began atomic.Int64
	for i := range 8 {
		if ok := w.do(func() { began.Add(1); <-hold }); ok != (i < 5) {
			t.Errorf("work %d: %t", i, ok)
		}
	}
	for began.Load() < 2 {
		runtime.Gosched()
	}
	quiet := w.close()
	if w.do(func() {}) {
		t.Error("taken after close")
	}
	select {
	case <-quiet:
		t.Error("quiet, with two at work")
	default:
	}
	close(hold)
	<-quiet
	<-w.close()
	if n := began.Load(); n != 2 {
		t.Errorf("%d began, want 2", n)
	}
}

// Work that ends its goroutine does not end the pool.
func TestWorkersSurviveGoexit(t *testing.T) {
	w := newWorkers(1, 100)
	done := make(chan int, 100)
	for i := range 20 {
		w.do(func() {
			defer func() { done <- i }()
			if i%3 == 0 {
				runtime.Goexit()
			}
		})
	}
	for i := range 20 {
		if n := <-done; n != i {
			t.Fatalf("work %d came as number %d", n, i)
		}
	}
	<-w.close()
}
