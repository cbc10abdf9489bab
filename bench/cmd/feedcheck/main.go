// Feedcheck subscribes many connections to a `weir serve --replay FILE --min-subscribers N` and checks that every one of
// them gets the whole recording: each message once, in its channel's order, byte for byte. It prints how fast that
// went, and what it cost the server.
//
//	feedcheck --url 127.0.0.1:8080 --replay day.gz --n 1000 --pid $SERVER
//
// It exits with 1 at the first delivery that is wrong.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	var o options
	flag.StringVar(&o.addr, "url", "127.0.0.1:8080", "host:port of the server")
	flag.StringVar(&o.path, "path", "/feed", "path of the feed")
	flag.StringVar(&o.file, "replay", "", "the recording that the server plays")
	flag.IntVar(&o.n, "n", 1000, "subscribers; the server's --min-subscribers")
	flag.IntVar(&o.pid, "pid", 0, "process id of the server, for its CPU time; 0: not shown")
	flag.IntVar(&o.buffer, "buffer", 64<<10, "bytes of a subscriber's read buffer")
	timeout := flag.Duration("timeout", 5*time.Minute, "give up after so long")
	flag.Parse()
	ctx, cancel := context.WithTimeoutCause(context.Background(), *timeout, fmt.Errorf("not done within %v", *timeout))
	defer cancel()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "feedcheck:", err)
		os.Exit(1)
	}
}
