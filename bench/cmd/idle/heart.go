package main

import (
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
)

// heart answers the pings of all connections from one goroutine.
type heart struct {
	epoll           int
	pings, messages atomic.Int64
	lost            atomic.Int64 // connections that the server ended
	stopped         atomic.Bool
	failed          chan error
}

func newHeart() (*heart, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	return &heart{epoll: fd, failed: make(chan error, 1)}, nil
}

func (h *heart) add(fd int) error {
	return unix.EpollCtl(h.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// run serves until stop.
func (h *heart) run() {
	events := make([]unix.EpollEvent, 256)
	buf := make([]byte, 64<<10)
	for !h.stopped.Load() {
		n, err := unix.EpollWait(h.epoll, events, 200)
		if err != nil && !errors.Is(err, unix.EINTR) {
			h.failed <- fmt.Errorf("epoll_wait: %w", err)
			return
		}
		for _, e := range events[:max(n, 0)] {
			if err := h.serve(int(e.Fd), buf); err != nil {
				h.lost.Add(1)
				_ = unix.EpollCtl(h.epoll, unix.EPOLL_CTL_DEL, int(e.Fd), nil)
			}
		}
	}
	_ = unix.Close(h.epoll)
	close(h.failed)
}

// serve reads what has come. Frames are small and seldom here, so one that is cut in two is an error, not a case.
func (h *heart) serve(fd int, buf []byte) error {
	n, err := unix.Read(fd, buf)
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("end")
	}
	for p := buf[:n]; len(p) > 0; {
		hd, k, err := frame.ParseHeader(p)
		if err != nil {
			return err
		}
		end := k + int(hd.Length)
		if k == 0 || end > len(p) {
			return errors.New("a frame in two pieces")
		}
		switch hd.Op {
		case frame.OpPing:
			h.pings.Add(1)
			if err := wsclient.WriteAll(fd, wsclient.Frame(frame.OpPong, p[k:end])); err != nil {
				return err
			}
		case frame.OpText:
			h.messages.Add(1)
		default:
			return fmt.Errorf("%v frame %q", hd.Op, p[k:end])
		}
		p = p[end:]
	}
	return nil
}
