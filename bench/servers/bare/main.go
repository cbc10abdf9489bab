// The reference: what the work costs with nothing around it. A loop on epoll and a handful of system calls; no
// library, no limits on what a client may do, no checks beyond what finds the end of a frame. It is a floor to measure
// servers against, not a server.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/servers/internal/serve"
)

func main() {
	threads := flag.Int("threads", 1, "loops, each on a thread of its own")
	serve.Main(func(ctx context.Context, addr string) error { return run(ctx, addr, *threads) })
}

func run(ctx context.Context, addr string, threads int) error {
	fd, at, err := listen(addr)
	if err != nil {
		return err
	}
	loops := make([]*loop, max(threads, 1))
	for i := range loops {
		if loops[i], err = newLoop(loops, fd); err != nil {
			return err
		}
	}
	failed := make(chan error, len(loops))
	for _, l := range loops {
		go func() { failed <- l.run() }()
	}
	serve.Ready(at)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done(): // the end of the process ends the loops
		return nil
	}
}

// listen opens a non-blocking listener on a host:port of IPv4.
func listen(addr string) (fd int, at net.Addr, err error) {
	a, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return 0, nil, err
	}
	if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		return 0, nil, os.NewSyscallError("socket", err)
	}
	sa := &unix.SockaddrInet4{Port: a.Port}
	copy(sa.Addr[:], a.IP.To4())
	if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err == nil {
		if err = unix.Bind(fd, sa); err == nil {
			err = unix.Listen(fd, 65535)
		}
	}
	if err != nil {
		return 0, nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	got, err := unix.Getsockname(fd)
	if err != nil {
		return 0, nil, os.NewSyscallError("getsockname", err)
	}
	return fd, &net.TCPAddr{IP: a.IP, Port: got.(*unix.SockaddrInet4).Port}, nil
}
