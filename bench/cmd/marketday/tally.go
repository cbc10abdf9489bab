package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// tally is what a reader has met.
type tally struct {
	deliveries, conflated, ranges, dropped, missed uint64

	channels []resumed
	ends     map[string]int  // of connections that were not ended by the reader, by why
	late     []time.Duration // a sample
}

// resumed is what became of subscriptions to a channel with `since`.
type resumed struct {
	resumes, recovered, lost int
	states                   int // shown to those that were not recovered
}

func newTally(channels int) tally {
	return tally{channels: make([]resumed, channels), ends: map[string]int{}}
}

// add adds another one, but for its times.
func (t *tally) add(o *tally) {
	t.deliveries, t.conflated, t.ranges = t.deliveries+o.deliveries, t.conflated+o.conflated, t.ranges+o.ranges
	t.dropped, t.missed = t.dropped+o.dropped, t.missed+o.missed
	for i, c := range o.channels {
		s := &t.channels[i]
		s.resumes, s.recovered, s.lost, s.states = s.resumes+c.resumes, s.recovered+c.recovered, s.lost+c.lost, s.states+c.states
	}
	for why, n := range o.ends {
		t.ends[why] += n
	}
}

// numbers is how many numbers it accounts for.
func (t *tally) numbers() uint64 { return t.deliveries + t.conflated + t.dropped + t.missed }

// report says it of all readers, and fails if their accounts do not close.
func (t *tally) report(out io.Writer, d *day, readers []*reader, took time.Duration) error {
	fmt.Fprintf(out, "deliveries       %d of %d messages in %d channels to %d subscribers in %.2f s, %.0f/s\n", t.deliveries, d.messages,
		len(d.channels), len(readers), took.Seconds(), float64(t.deliveries)/took.Seconds())
	fmt.Fprintf(out, "account          and %d conflated into %d ranges, %d dropped, %d missed by readers that were away and not recovered\n", t.conflated, t.ranges,
		t.dropped, t.missed)
	for i, c := range t.channels {
		fmt.Fprintf(out, "resumes          %s: %d, of which %d recovered and %d not; these got %d states\n", d.channels[i].name, c.resumes, c.recovered,
			c.lost, c.states)
	}
	for _, why := range slices.Sorted(maps.Keys(t.ends)) {
		fmt.Fprintf(out, "connections      %d %s\n", t.ends[why], why)
	}
	var late [kinds][]time.Duration
	for _, r := range readers {
		late[r.kind] = append(late[r.kind], r.late...)
	}
	for k, l := range late {
		if len(l) == 0 {
			continue
		}
		slices.Sort(l)
		at := func(q float64) time.Duration { return l[int(q*float64(len(l)-1))].Round(10 * time.Microsecond) }
		fmt.Fprintf(out, "staleness        %-8s p50 %v, p99 %v, p99.9 %v, max %v behind whoever got the message first\n",
			kindNames[k], at(0.5), at(0.99), at(0.999), at(1))
	}
	if want := uint64(d.messages) * uint64(len(readers)); t.numbers() != want {
		return fmt.Errorf("the readers account for %d numbers of %d", t.numbers(), want)
	}
	return nil
}
