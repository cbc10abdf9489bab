package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub/feed/book"
)

// kind is what happens to a subscriber.
type kind uint8

const (
	steady kind = iota
	stalling
	cutOff
	kinds
)

var kindNames = [kinds]string{"steady", "stalling", "cut off"}

// reader is one subscriber. What it has outlives its connections.
type reader struct {
	o      *options
	day    *day
	kind   kind
	rnd    *rand.Rand
	points []float64 // of the day at which something happens to it
	at     []*place
	total  int    // numbers accounted for
	keeps  bool   // a book
	opened func() // is called once: it is subscribed to everything
	closed func() // is called once: everything is accounted for

	// joinsLate lets a channel's account begin above 0: the replay may have begun, for the server has seen a subscription whose answer was lost.
	joinsLate bool

	conn    net.Conn
	decoder frame.Decoder
	now     time.Time
	answers int // to subscriptions, still to come
	shows   int // states, still to come
	tally
}

// place is where a reader is in a channel.
type place struct {
	epoch, policy string
	last          uint64
	known         bool
	in            bool       // on this connection
	shows         int        // states to come
	book          *book.Book // nil: there is no state
}

// newReader makes the i-th reader. The places at which something happens to it depend on i alone.
func newReader(o *options, d *day, i int) *reader {
	r := &reader{o: o, day: d, keeps: i%max(1, o.books) == 0, rnd: rand.New(rand.NewPCG(uint64(i), 1))}
	n := 0
	switch share := float64(i) / float64(o.N); {
	case share < o.stalled:
		r.kind, n = stalling, o.stalls
	case share < o.stalled+o.cut:
		r.kind, n = cutOff, o.cuts
	}
	r.keeps = r.keeps || r.kind != steady
	for k := range n {
		r.points = append(r.points, (float64(k)+0.5+o.spread*(r.rnd.Float64()-0.5))/float64(n))
	}
	for range d.channels {
		r.at = append(r.at, &place{})
	}
	r.tally = newTally(len(d.channels))
	return r
}

// live reads until everything is accounted for, over as many connections as that takes.
func (r *reader) live(ctx context.Context) error {
	for {
		err := r.connection(ctx)
		switch why := lawful(err); {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errCut):
		case why != "":
			r.ends[why]++
			r.joinsLate = true
		default:
			return fmt.Errorf("with %d of %d numbers accounted for: %w", r.total, r.day.messages, err)
		}
		pause(ctx, time.Duration(float64(r.o.away)*r.rnd.Float64()))
	}
}
