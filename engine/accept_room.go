//go:build unix

package engine

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// room waits until there is a descriptor beside that of c: on its way to a loop a connection has two for a moment, and gnet closes one
// for which it gets only the first. So a client that comes when descriptors have run out is kept waiting whether it is in the
// kernel's queue or has just left it. It is a wait for as long as a handshake may take; ctx, or the begin of a drain, ends it.
// Another goroutine may be quicker to the descriptor that was found; then the client is lost after all.
func (e *Engine) room(ctx context.Context, c net.Conn) {
	if roomBeside(c) == nil {
		return
	}
	end := time.NewTimer(e.cfg.HandshakeTimeout)
	defer end.Stop()
	for pause := acceptPause; ; pause = min(2*pause, acceptPauseMax) {
		err := roomBeside(c)
		if err == nil || e.draining.Load() {
			return
		}
		e.shortOf(err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		case <-end.C:
			return // hand says what is wrong
		}
	}
}

// roomBeside tells whether there is one. An error of another kind is for somebody else to meet.
func roomBeside(c net.Conn) error {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	_ = raw.Control(func(fd uintptr) {
		var second int
		if second, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err == nil {
			_ = unix.Close(second)
		}
	})
	if !errors.Is(err, unix.EMFILE) {
		return nil
	}
	return err
}
