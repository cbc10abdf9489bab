// Package serve is what the servers under test share: flags, the line that tells where they listen, the end by
// signal. Nothing of it runs while messages do.
package serve

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
)

// Run is a server: it listens on addr, calls Ready once, and returns when ctx ends.
type Run func(ctx context.Context, addr string) error

// Main parses the flags, those that the caller defined before among them, runs the server until SIGTERM or SIGINT,
// and ends the process.
func Main(run Run) {
	addr := flag.String("addr", "127.0.0.1:0", "address to listen on; port 0 picks a free one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := run(ctx, *addr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Ready prints the line that whoever started the server waits for.
func Ready(addr net.Addr) {
	fmt.Printf("listening on %s\n", addr)
}
