package main

import (
	"context"
	"fmt"
	"io"
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
	span := &span{o: o}
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
