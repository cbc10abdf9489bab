// Conflate measures what slow readers of a conflating channel do to a `weir serve` and to those that read beside them. It publishes to one
// channel at a rate, over many keys; a few fast readers take everything, and beside them are
//
//	nobody   nobody
//	maxhz    readers that keep up, and have asked for a tenth with maxHz
//	tenth    readers that keep up with a channel of their own, which gets a tenth of the updates
//	slow     readers that take a tenth of the bytes
//
// so that the last three get the same number of messages if the machine carries it.
//
//	conflate --url 127.0.0.1:8080 --pid $SERVER --rate 100000 --keys 1000 --beside slow --n 500
//
// Every reader keeps its account: numbers tile, each value is the one that was published under its number, and at the end
// every reader has the last value of every key. It exits with 1 if that is not so.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

type options struct {
	addr, path, publish, beside string
	pid                         int
	rate, keys, n, fast         int
	share                       float64
	warm, measure, patience     time.Duration
	buffer, nice                int
}

func main() {
	var o options
	flag.StringVar(&o.addr, "url", "127.0.0.1:8080", "host:port of the server, which lets everybody publish")
	flag.StringVar(&o.path, "path", "/feed", "path of the feed")
	flag.StringVar(&o.publish, "publish", "/publish", "path to publish at")
	flag.IntVar(&o.pid, "pid", 0, "process id of the server")
	flag.IntVar(&o.rate, "rate", 100_000, "updates a second")
	flag.IntVar(&o.keys, "keys", 1000, "keys, which are updated in turn; at most 1,000")
	flag.IntVar(&o.fast, "fast", 4, "readers that take everything")
	flag.StringVar(&o.beside, "beside", "slow", "who is beside them: nobody, maxhz, tenth or slow")
	flag.IntVar(&o.n, "n", 500, "how many")
	flag.Float64Var(&o.share, "share", 0.1, "of everything, that they take")
	flag.DurationVar(&o.warm, "warm", 4*time.Second, "time before the figures count")
	flag.DurationVar(&o.measure, "measure", 10*time.Second, "time in which they count")
	flag.DurationVar(&o.patience, "patience", 20*time.Second, "time after the last update in which all must have its account")
	flag.IntVar(&o.buffer, "buffer", 64<<10, "SO_RCVBUF of those beside, in bytes")
	flag.IntVar(&o.nice, "nice", 19, "by how much the thread of those beside steps back")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "conflate:", err)
		os.Exit(1)
	}
}
