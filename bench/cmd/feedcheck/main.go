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
	"time"

	"github.com/weir-ws/weir/bench/internal/replayed"
)

func main() {
	o := replayed.Flags{Buffer: 64 << 10, Timeout: 5 * time.Minute}
	o.Define(flag.CommandLine)
	flag.Parse()
	o.Main("feedcheck", func(ctx context.Context) error { return run(ctx, &o) })
}
