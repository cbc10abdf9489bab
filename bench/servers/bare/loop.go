package main

import (
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// loop is one thread with its connections. They meet those of other loops only through post.
type loop struct {
	all      []*loop
	epoll    int
	listener int
	wake     int // an eventfd
	conns    []*conn
	streams  [2]stream // of /sub, and of /sub/100: who is in all of the channels gets all of their messages

	in, out, control []byte // of the read that is being worked off

	mu    sync.Mutex
	inbox [2][]byte // for the streams, from other loops
	taken [2][]byte // the inbox before this one
}

// readSize is how much is read at once: large enough for what a publisher in a hurry sends between two turns.
const readSize = 256 << 10

func newLoop(all []*loop, listener int) (*loop, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	if e := watch(epoll, unix.EPOLL_CTL_ADD, wake, unix.EPOLLIN); e != 0 {
		return nil, os.NewSyscallError("epoll_ctl", e)
	}
	if e := watch(epoll, unix.EPOLL_CTL_ADD, listener, unix.EPOLLIN|unix.EPOLLEXCLUSIVE); e != 0 {
		return nil, os.NewSyscallError("epoll_ctl", e)
	}
	return &loop{all: all, epoll: epoll, listener: listener, wake: wake, in: make([]byte, readSize)}, nil
}

func (l *loop) run() error {
	runtime.LockOSThread()
	events := make([]unix.EpollEvent, 256)
	for {
		n, e := wait(int32(l.epoll), events)
		if ended(e) {
			return os.NewSyscallError("epoll_wait", e)
		}
		for i := range max(n, 0) {
			switch ev := events[i]; int(ev.Fd) {
			case l.listener:
				l.accept()
			case l.wake:
				l.take()
			default:
				if c := l.conns[ev.Fd]; c != nil {
					l.serve(c, ev.Events)
				}
			}
		}
	}
}

func (l *loop) accept() {
	for range 64 { // then the others have a turn
		fd, e := accept(int32(l.listener))
		if e != 0 {
			return
		}
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		for int(fd) >= len(l.conns) {
			l.conns = append(l.conns, make([]*conn, 1024)...)
		}
		l.conns[fd] = &conn{fd: fd}
		if watch(l.epoll, unix.EPOLL_CTL_ADD, int(fd), unix.EPOLLIN) != 0 {
			l.drop(l.conns[fd])
		}
	}
}

func (l *loop) drop(c *conn) {
	if c.role == subscribing {
		l.streams[c.stream].leave(c)
	}
	l.conns[c.fd] = nil
	_ = unix.Close(int(c.fd))
}

// rewatch asks epoll for writability as well, or no longer. Who echoes is not read from meanwhile.
func (l *loop) rewatch(c *conn, writable bool) {
	events := uint32(unix.EPOLLIN)
	switch {
	case writable && c.role == echoing:
		events = unix.EPOLLOUT
	case writable:
		events |= unix.EPOLLOUT
	}
	_ = watch(l.epoll, unix.EPOLL_CTL_MOD, int(c.fd), events)
}

// post hands what was published here to the other loops.
func (l *loop) post(stream uint8, b []byte) {
	for _, other := range l.all {
		if other == l {
			continue
		}
		other.mu.Lock()
		quiet := len(other.inbox[0])+len(other.inbox[1]) == 0
		other.inbox[stream] = append(other.inbox[stream], b...)
		other.mu.Unlock()
		if quiet {
			_, _ = write(int32(other.wake), []byte{1, 0, 0, 0, 0, 0, 0, 0})
		}
	}
}

// take sends on what other loops have posted.
func (l *loop) take() {
	var counter [8]byte
	_, _ = read(int32(l.wake), counter[:])
	l.mu.Lock()
	l.taken, l.inbox = l.inbox, l.taken
	l.mu.Unlock()
	for i, b := range l.taken {
		if len(b) > 0 {
			l.streams[i].publish(l, b)
		}
		l.taken[i] = b[:0]
	}
}
