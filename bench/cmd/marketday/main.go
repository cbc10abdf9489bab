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
	"flag"
	"fmt"
	"os"
	"time"
)

type options struct {
	addr, path, file   string
	n, pid             int
	stalled, cut       float64
	stalls, cuts       int
	stall, away        time.Duration
	spread             float64
	books, bufferBytes int
}

func main() {
	var o options
	flag.StringVar(&o.addr, "url", "127.0.0.1:8080", "host:port of the server")
	flag.StringVar(&o.path, "path", "/feed", "path of the feed")
	flag.StringVar(&o.file, "replay", "", "the recording that the server plays")
	flag.IntVar(&o.n, "n", 1000, "subscribers; the server's --min-subscribers")
	flag.IntVar(&o.pid, "pid", 0, "process id of the server, for its CPU time and memory; 0: not shown")
	flag.Float64Var(&o.stalled, "stalled", 0.05, "part of the subscribers that stop reading now and then")
	flag.Float64Var(&o.cut, "cut", 0.05, "part of the subscribers that lose their connection now and then")
	flag.IntVar(&o.stalls, "stalls", 4, "times that each of the former stops")
	flag.IntVar(&o.cuts, "cuts", 8, "times that each of the latter is cut off")
	flag.DurationVar(&o.stall, "stall", 3*time.Second, "for how long a subscriber stops")
	flag.DurationVar(&o.away, "away", 500*time.Millisecond, "for how long a subscriber is away at most")
	flag.Float64Var(&o.spread, "spread", 1, "0: all stop at the same places of the recording; 1: each at a place of its own")
	flag.IntVar(&o.books, "books", 10, "one of so many of the undisturbed subscribers keeps a book; the others do all the time")
	flag.IntVar(&o.bufferBytes, "buffer", 32<<10, "bytes of a subscriber's read buffer, and of its socket's")
	timeout := flag.Duration("timeout", 8*time.Minute, "give up after so long")
	flag.Parse()
	ctx, cancel := context.WithTimeoutCause(context.Background(), *timeout, fmt.Errorf("not done within %v", *timeout))
	defer cancel()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "marketday:", err)
		os.Exit(1)
	}
}
