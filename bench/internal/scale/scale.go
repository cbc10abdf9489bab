// Package scale measures Weir with as many connections as memory allows, and no kernel: engine and hub on the in-memory
// transport of engine/enginetest. What it finds is the cost of Weir's own code and data at that size, on one loop.
//
// Everything runs on the caller's goroutine, which is the loop; use a process of its own, because heap and collector
// are the process's.
package scale

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/weir-ws/weir/bench/internal/result"
)

// PublishTarget is the most that a publish may cost, in ns per member of the channel.
const PublishTarget = 60

// Channels is how many channels a burst is spread over, and MaxInAll the largest crowd that joins all of them: a
// million members in a hundred channels would be a hundred million memberships.
const (
	Channels = 100
	MaxInAll = 100_000
)

// Options say how much to measure.
type Options struct {
	Conns    int               // at least 1
	Rounds   int               // timed rounds of a publish; a burst has a third of them. 0: 9
	Progress func(what string) // told what begins; nil: nobody
	// Profile is called before the rounds of publish/1 and returns what is called after them; nil: no profile.
	Profile func() (stop func())
}

// bench is a run under way.
type bench struct {
	Options
	ctx context.Context
	out *result.Scale
}

// Run measures everything. On an error, ctx's included, the result holds what was measured before.
func Run(ctx context.Context, o Options) (*result.Scale, error) {
	b := &bench{Options: o, ctx: ctx, out: &result.Scale{Connections: o.Conns}}
	if o.Conns < 1 {
		return b.out, fmt.Errorf("%d connections cannot be measured; ask for one or more", o.Conns)
	}
	if b.Rounds == 0 {
		b.Rounds = 9
	}
	if b.Progress == nil {
		b.Progress = func(string) {}
	}
	if b.Profile == nil {
		b.Profile = func() func() { return func() {} }
	}
	for _, part := range []func() error{b.oneChannel, b.spread, b.inAll} {
		if err := part(); err != nil {
			return b.out, err
		}
	}
	return b.out, nil
}

// rounds times do, n times after one that isn't counted, and adds the median. check runs after each, untimed.
func (b *bench) rounds(m result.Measure, n int, do, check func() error) error {
	b.Progress(m.Title)
	var times []time.Duration
	var before collector
	for i := range n + 1 {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		if i == 1 {
			before = readCollector()
		}
		start := time.Now()
		err := do()
		took := time.Since(start)
		if err == nil {
			err = check()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		if i > 0 {
			times = append(times, took)
		}
	}
	m.GC = readCollector().since(before)
	slices.Sort(times)
	m.Rounds = n
	b.add(m, times[len(times)/2])
	return nil
}

// once times do alone.
func (b *bench) once(m result.Measure, do func() error) error {
	b.Progress(m.Title)
	before, start := readCollector(), time.Now()
	if err := do(); err != nil {
		return fmt.Errorf("%s: %w", m.Name, err)
	}
	took := time.Since(start)
	m.GC = readCollector().since(before)
	m.Rounds = 1
	b.add(m, took)
	return nil
}

func (b *bench) add(m result.Measure, took time.Duration) {
	m.Seconds = took.Seconds()
	if m.Count > 0 {
		m.Nanos = float64(took.Nanoseconds()) / float64(m.Count)
	}
	b.out.Measures = append(b.out.Measures, m)
}
