// Idle measures what an idle subscriber costs a `weir serve` in memory: it opens connections that subscribe to a
// channel where nothing happens, answers the heartbeat, and compares the server's resident memory with what it was
// empty.
//
//	idle --url 127.0.0.1:8080 --pid $SERVER --n 18000
//
// The client has no goroutine and no buffer per connection: raw sockets, and one epoll loop that answers pings.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.addr, "url", "127.0.0.1:8080", "host:port of the server")
	flag.StringVar(&o.path, "path", "/feed", "path of the feed")
	flag.StringVar(&o.channel, "channel", "btcusdt@trade", "the channel, one without traffic")
	flag.IntVar(&o.pid, "pid", 0, "process id of the server")
	flag.IntVar(&o.n, "n", 18_000, "connections")
	flag.DurationVar(&o.settle, "settle", 150*time.Second,
		"time to wait before the last reading; the Go runtime collects an idle heap every 120 s")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "idle:", err)
		os.Exit(1)
	}
}
