package engine

import (
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// setUserTimeout sets TCP_USER_TIMEOUT for all connections of a listener. tcp(7): "This option, like many others, will be
// inherited by the socket returned by accept(2), if it was set on the listening socket."
func setUserTimeout(ln net.Listener, d time.Duration) error {
	t, ok := ln.(*net.TCPListener)
	if !ok || d <= 0 {
		return nil
	}
	rc, err := t.SyscallConn()
	if err != nil {
		return err
	}
	return control(rc, func(fd int) error {
		return os.NewSyscallError("setsockopt TCP_USER_TIMEOUT", unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(d.Milliseconds())))
	})
}

func control(rc syscall.RawConn, f func(fd int) error) error {
	var inner error
	if err := rc.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}
