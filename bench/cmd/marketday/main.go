// Marketday is a market's day as readers live it: some stop reading for seconds at a time, some lose their connection and come back with
// `since`. Every one of them keeps the account of every channel, checks each value against the recording, and keeps the order book that
// it is told of. It is for a `weir serve --replay FILE --min-subscribers N`.
//
//	marketday --url 127.0.0.1:8080 --replay day.gz --n 1000 --pid $SERVER
//
// It exits with 1 if an account does not close, a value is wrong, or a book is not the server's.
package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"time"

	"github.com/weir-ws/weir/bench/internal/replayed"
)

// options say what happens to the subscribers.
type options struct {
	replayed.Flags
	admin        string
	stalled, cut float64
	stalls, cuts int
	stall, away  time.Duration
	spread       float64
	books        int
}

func define(fs *flag.FlagSet) *options {
	o := &options{Flags: replayed.Flags{Buffer: 32 << 10, Timeout: 8 * time.Minute}}
	o.Define(fs)
	fs.StringVar(&o.admin, "admin", "", "host:port of the server's admin listener, for why it has ended connections; empty: not shown")
	fs.Float64Var(&o.stalled, "stalled", 0.05, "part of the subscribers that stop reading now and then")
	fs.Float64Var(&o.cut, "cut", 0.05, "part of the subscribers that lose their connection now and then")
	fs.IntVar(&o.stalls, "stalls", 4, "times that each of the former stops")
	fs.IntVar(&o.cuts, "cuts", 8, "times that each of the latter is cut off")
	fs.DurationVar(&o.stall, "stall", 3*time.Second, "for how long a subscriber stops")
	fs.DurationVar(&o.away, "away", 500*time.Millisecond, "for how long a subscriber is away at most")
	fs.Float64Var(&o.spread, "spread", 1, "0: all stop at the same places of the recording; 1: each at a place of its own")
	fs.IntVar(&o.books, "books", 10, "one of so many of the undisturbed subscribers keeps a book; the others do all the time")
	return o
}

func (o *options) check() error {
	part := func(x float64) bool { return x >= 0 && x <= 1 }
	switch {
	case !part(o.stalled) || !part(o.cut) || o.stalled+o.cut > 1:
		return errors.New("--stalled and --cut are parts of 1, and so is their sum")
	case !part(o.spread):
		return errors.New("--spread is from 0 to 1")
	case o.stalls < 0 || o.cuts < 0 || o.stall < 0 || o.away < 0 || o.books < 0:
		return errors.New("--stalls, --cuts, --stall, --away and --books must not be negative")
	}
	return o.Check()
}

func main() {
	o := define(flag.CommandLine)
	flag.Parse()
	o.Main("marketday", func(ctx context.Context) error {
		if err := o.check(); err != nil {
			return err
		}
		return run(ctx, o, os.Stdout, os.Stderr)
	})
}
