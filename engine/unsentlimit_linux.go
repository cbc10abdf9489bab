package engine

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// setUnsentLimit sets TCP_NOTSENT_LOWAT for all connections of a listener, which inherit it: a write beyond it finds the socket
// full, though the send buffer has room.
func setUnsentLimit(ln net.Listener, bytes int) error {
	t, ok := ln.(*net.TCPListener)
	if !ok || bytes <= 0 {
		return nil
	}
	rc, err := t.SyscallConn()
	if err != nil {
		return err
	}
	return control(rc, func(fd int) error {
		return os.NewSyscallError("setsockopt TCP_NOTSENT_LOWAT", unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, bytes))
	})
}
