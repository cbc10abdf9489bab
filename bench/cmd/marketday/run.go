package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
)

// run lives the day with all readers, and says to out what came of it.
func run(ctx context.Context, o *options, out, progress io.Writer) error {
	d, err := readDay(o.File)
	if err != nil {
		return err
	}
	readers := make([]*reader, o.N)
	span := newSpan(o)
	for i := range readers {
		readers[i] = newReader(o, d, i)
		readers[i].opened, readers[i].closed = span.opened, span.closed
	}
	watching, stop := context.WithCancel(ctx)
	peak := make(chan int64, 1)
	go func() { peak <- watch(watching, o, d, progress) }()
	err = liveAll(ctx, readers)
	stop()
	rss := <-peak
	if err != nil {
		return err
	}
	sum := newTally(len(d.channels))
	for _, r := range readers {
		sum.add(&r.tally)
	}
	err = sum.report(out, d, readers, span.took())
	span.report(out, sum.deliveries, rss)
	if err != nil {
		return err
	}
	if err := interventions(ctx, o.admin, out); err != nil {
		return err
	}
	if err := compareBooks(ctx, o, d, readers, out); err != nil {
		return err
	}
	fmt.Fprintln(out, "result           all accounts close, all values are the recording's")
	return nil
}

// liveAll returns when all are done, or the first has failed.
func liveAll(ctx context.Context, readers []*reader) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var left atomic.Int64
	var wg sync.WaitGroup
	for i, r := range readers {
		wg.Go(func() {
			if err := r.live(ctx); err != nil {
				left.Add(1)
				fail(fmt.Errorf("subscriber %d (%s): %w", i+1, kindNames[r.kind], err))
			}
		})
	}
	wg.Wait()
	if left.Load() == 0 {
		return nil
	}
	return fmt.Errorf("%w; %d of %d accounts have not closed", context.Cause(ctx), left.Load(), len(readers))
}

// watch shows how far it has come until ctx ends, and returns the highest RSS of the server.
func watch(ctx context.Context, o *options, d *day, progress io.Writer) (peak int64) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for n := 1; ; n++ {
		if m, err := proc.ReadMemory(o.PID); o.PID != 0 && err == nil {
			peak = max(peak, m.RSS)
		}
		if n%10 == 0 {
			fmt.Fprintf(progress, "%d of %d messages, %.0f MB\n", d.seen(), d.messages, float64(peak)/1e6)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return peak
		}
	}
}

// span is from when all have subscribed to when all have everything.
type span struct {
	o               *options
	open, done      atomic.Int64
	began, ended    time.Time
	before, after   time.Duration // the server's CPU time
	client, client2 time.Duration
}

func newSpan(o *options) *span { return &span{o: o} }

func (s *span) opened() {
	if s.open.Add(1) == int64(s.o.N) {
		s.before, s.client = s.cpu()
		s.began = time.Now()
	}
}

func (s *span) closed() {
	if s.done.Add(1) == int64(s.o.N) {
		s.ended = time.Now()
		s.after, s.client2 = s.cpu()
	}
}

func (s *span) took() time.Duration { return s.ended.Sub(s.began) }

// cpu is what the server and this process have used; what cannot be read counts as nothing.
func (s *span) cpu() (server, client time.Duration) {
	user, system, _ := s.o.CPU()
	server = user + system
	user, system, _ = proc.CPU(os.Getpid())
	return server, user + system
}

func (s *span) report(out io.Writer, deliveries uint64, rss int64) {
	if s.o.PID != 0 {
		used := (s.after - s.before).Seconds()
		fmt.Fprintf(out, "server           CPU %.2f s, %.3f us a delivery; RSS at most %.1f MB\n", used, used*1e6/float64(deliveries), float64(rss)/1e6)
	}
	fmt.Fprintf(out, "readers          CPU %.2f s\n", (s.client2 - s.client).Seconds())
}
