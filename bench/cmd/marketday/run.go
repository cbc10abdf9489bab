package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
)

func run(ctx context.Context, o options) error {
	if o.file == "" || o.n < 1 {
		return errors.New("give --replay FILE and --n of at least 1")
	}
	d, err := readDay(o.file)
	if err != nil {
		return err
	}
	var opened atomic.Int64
	var began time.Time
	var before time.Duration
	all := make([]*reader, o.n)
	for i := range all {
		all[i] = newReader(&o, d, i)
		all[i].opened = func() {
			if opened.Add(1) == int64(o.n) {
				began = time.Now()
				before = cpu(o.pid)
			}
		}
	}
	var wg sync.WaitGroup
	failed := make(chan error, o.n)
	for i, r := range all {
		wg.Go(func() {
			if err := r.live(); err != nil {
				failed <- fmt.Errorf("subscriber %d: %w", i+1, err)
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	peak, err := watch(ctx, o, d, all, done, failed)
	if err != nil {
		return err
	}
	took, used := time.Since(began), cpu(o.pid)-before
	report(o, d, all, took, used, peak)
	return compareBooks(&o, d, all)
}

// newReader makes the i-th reader. The places at which something happens to it depend on i alone.
func newReader(o *options, d *day, i int) *reader {
	r := &reader{o: o, day: d, keeps: i%max(1, o.books) == 0}
	rnd := rand.New(rand.NewPCG(uint64(i), 1))
	n := 0
	switch share := float64(i) / float64(o.n); {
	case share < o.stalled:
		r.kind, n = stalling, o.stalls
	case share < o.stalled+o.cut:
		r.kind, n = cutOff, o.cuts
	}
	r.keeps = r.keeps || r.kind != steady
	for k := range n {
		r.points = append(r.points, (float64(k)+0.5+o.spread*(rnd.Float64()-0.5))/float64(n))
	}
	for range d.channels {
		r.at = append(r.at, &place{})
	}
	return r
}

// watch waits for the end, shows how far it has come, and returns the highest RSS of the server.
func watch(ctx context.Context, o options, d *day, all []*reader, done <-chan struct{}, failed <-chan error) (peak int64, err error) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-done:
			select {
			case err := <-failed:
				return 0, err
			default:
				return peak, nil
			}
		case err := <-failed:
			return 0, err
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-tick.C:
		}
		if m, err := proc.ReadMemory(o.pid); o.pid != 0 && err == nil {
			peak = max(peak, m.RSS)
		}
		if n%10 == 9 {
			seen := 0
			for _, c := range d.channels {
				for i := len(c.first); i > 0; i-- {
					if c.first[i-1].Load() != 0 {
						seen += i
						break
					}
				}
			}
			fmt.Fprintf(os.Stderr, "%d of %d messages, %.0f MB\n", seen, d.messages, float64(peak)/1e6)
		}
	}
}

func cpu(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	u, s, err := proc.CPU(pid)
	if err != nil {
		return 0
	}
	return u + s
}

// compareBooks asks the server for its book, and holds it against the recording's and that of every reader that kept one.
func compareBooks(o *options, d *day, all []*reader) error {
	ask := newReader(o, d, 0)
	ask.kind, ask.points = steady, nil
	if err := ask.live(); err != nil {
		return fmt.Errorf("asking for the books: %w", err)
	}
	for i, c := range d.channels {
		if !c.book {
			continue
		}
		if ask.at[i].book == nil {
			return fmt.Errorf("the server has no book of %s", c.name)
		}
		want, ok := ask.at[i].book.Snapshot(nil)
		if !ok {
			return fmt.Errorf("the server's book of %s is not whole", c.name)
		}
		if why := d.differs(want); why != "" {
			return fmt.Errorf("the server's book of %s is not the recording's: %s", c.name, why)
		}
		n := 0
		for k, r := range all {
			if !r.keeps {
				continue
			}
			if r.at[i].book == nil {
				return fmt.Errorf("subscriber %d (%s) has no book of %s", k+1, kindNames[r.kind], c.name)
			}
			if got, ok := r.at[i].book.Snapshot(nil); !ok || string(got) != string(want) {
				return fmt.Errorf("the book of %s of subscriber %d (%s) is not the server's", c.name, k+1, kindNames[r.kind])
			}
			n++
		}
		bids, asks := ask.at[i].book.Levels()
		fmt.Printf("books            %d of %s, each the server's and the recording's: %d bids, %d asks\n", n, c.name, bids, asks)
	}
	fmt.Println("result           all accounts close, all values are the recording's")
	return nil
}

func report(o options, d *day, all []*reader, took, used time.Duration, peak int64) {
	var sum tally
	var late [kinds][]time.Duration
	for _, r := range all {
		sum.add(&r.tally)
		late[r.kind] = append(late[r.kind], r.late...)
	}
	fmt.Printf("deliveries       %d of %d messages in %d channels to %d subscribers in %.2f s, %.0f/s\n", sum.deliveries, d.messages, len(d.channels),
		o.n, took.Seconds(), float64(sum.deliveries)/took.Seconds())
	fmt.Printf("account          %d conflated into %d ranges, %d dropped, %d missed by those that were not recovered\n",
		sum.conflated, sum.ranges, sum.dropped, sum.away)
	fmt.Printf("resumes          %d: %d recovered, %d not; the server has closed %d connections with 1013, and %d without a word\n",
		sum.resumes, sum.recovered, sum.notRecovered, sum.evicted, sum.broken)
	for k, l := range late {
		if len(l) == 0 {
			continue
		}
		slices.Sort(l)
		at := func(q float64) time.Duration { return l[int(q*float64(len(l)-1))].Round(10 * time.Microsecond) }
		fmt.Printf("staleness        %-8s p50 %v, p99 %v, p99.9 %v, max %v behind whoever got the message first\n",
			kindNames[k], at(0.5), at(0.99), at(0.999), at(1))
	}
	if o.pid != 0 {
		fmt.Printf("server           CPU %.2f s, %.3f us a delivery; RSS at most %.1f MB\n", used.Seconds(), used.Seconds()*1e6/float64(sum.deliveries), float64(peak)/1e6)
	}
}

func (t *tally) add(o *tally) {
	t.deliveries, t.conflated, t.ranges = t.deliveries+o.deliveries, t.conflated+o.conflated, t.ranges+o.ranges
	t.dropped, t.away = t.dropped+o.dropped, t.away+o.away
	t.resumes, t.recovered, t.notRecovered = t.resumes+o.resumes, t.recovered+o.recovered, t.notRecovered+o.notRecovered
	t.evicted, t.broken = t.evicted+o.evicted, t.broken+o.broken
}
