package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// What an epoll event is for; with the slot it is the event's user data.
const (
	kindDial = iota
	kindConn
	kindPub
	kindTimer
	kindWake
	kinds
)

const (
	bufferSize       = 256 << 10
	never      int64 = math.MaxInt64
)

// loop is an epoll instance and the clock of a run. It belongs to one goroutine, which newLoop locks to its thread.
type loop struct {
	ctx      context.Context
	ep       int
	timer    int
	armed    int64
	events   [512]unix.EpollEvent
	buf      []byte                                 // every read goes here
	on       [kinds]func(slot int, ev uint32) error // what to do with an event
	zero     time.Time
	offset   int64
	now      int64 // CLOCK_MONOTONIC ns when it was last asked
	progress int64 // when something useful last happened
	patience int64
	// outstanding is asked, when the patience is at an end, what has not come and on how many connections.
	outstanding func() (detail string, messages int64, conns int)
	wake        waker
	stop        func() bool
}

// waker ends a wait from another goroutine. The lock keeps it from writing to a descriptor that has been closed.
type waker struct {
	sync.Mutex
	fd     int
	closed bool
}

func (w *waker) fire() {
	w.Lock()
	defer w.Unlock()
	if !w.closed {
		_, _ = unix.Write(w.fd, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

func newLoop(ctx context.Context, patience time.Duration, buffer int) (*loop, error) {
	if patience <= 0 {
		patience = defaultPatience
	}
	l := &loop{ep: -1, timer: -1, armed: never, patience: int64(patience), buf: make([]byte, max(bufferSize, buffer))}
	l.wake.fd = -1
	runtime.LockOSThread()
	var err [4]error
	l.ep, err[0] = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	l.timer, err[1] = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	l.wake.fd, err[2] = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	var ts unix.Timespec
	err[3] = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	l.zero, l.offset = time.Now(), ts.Nano()
	failed := errors.Join(err[:]...)
	if failed == nil {
		failed = errors.Join(l.add(l.timer, kindTimer, 0, unix.EPOLLIN), l.add(l.wake.fd, kindWake, 0, unix.EPOLLIN))
	}
	l.stop = func() bool { return true }
	l.watch(ctx)
	if failed != nil {
		l.close()
		return nil, fmt.Errorf("making an epoll loop: %w", failed)
	}
	l.progress = l.clock()
	return l, nil
}

// watch has the loop end its turns when ctx is cancelled.
func (l *loop) watch(ctx context.Context) {
	l.stop()
	l.ctx = ctx
	l.stop = context.AfterFunc(ctx, l.wake.fire)
}

func (l *loop) close() {
	l.stop()
	l.wake.Lock()
	l.wake.closed = true
	for _, fd := range []int{l.ep, l.timer, l.wake.fd} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	l.wake.Unlock()
	runtime.UnlockOSThread()
}

// clock reads the time, which processes on one machine share.
func (l *loop) clock() int64 {
	l.now = l.offset + int64(time.Since(l.zero))
	return l.now
}

func (l *loop) control(op, fd, kind, slot int, events uint32) error {
	if err := unix.EpollCtl(l.ep, op, fd, &unix.EpollEvent{Events: events, Fd: int32(slot), Pad: int32(kind)}); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

func (l *loop) add(fd, kind, slot int, events uint32) error {
	return l.control(unix.EPOLL_CTL_ADD, fd, kind, slot, events)
}

func (l *loop) mod(fd, kind, slot int, events uint32) error {
	return l.control(unix.EPOLL_CTL_MOD, fd, kind, slot, events)
}

func (l *loop) del(fd int) error { return l.control(unix.EPOLL_CTL_DEL, fd, 0, 0, 0) }

// arm has the loop wake at the time, to the precision of the kernel's timers.
func (l *loop) arm(at int64) error {
	if at == l.armed {
		return nil
	}
	l.armed = at
	spec := unix.ItimerSpec{}
	if at != never {
		spec.Value = unix.NsecToTimespec(max(at, 1))
	}
	if err := unix.TimerfdSettime(l.timer, unix.TFD_TIMER_ABSTIME, &spec, nil); err != nil {
		return fmt.Errorf("timerfd: %w", err)
	}
	return nil
}

// turn waits for events, at most until next, and handles them. It ends a run that is cancelled or makes no progress.
func (l *loop) turn(next int64) error {
	if err := l.arm(next); err != nil {
		return err
	}
	wait := 500
	if next <= l.now {
		wait = 0
	}
	n, err := unix.EpollWait(l.ep, l.events[:], wait)
	if err != nil && err != unix.EINTR {
		return fmt.Errorf("epoll: %w", err)
	}
	for i := range max(n, 0) {
		e := &l.events[i]
		if e.Pad == kindTimer {
			l.armed = never
			_, _ = sysRead(l.timer, l.buf[:8])
			continue
		}
		if e.Pad == kindWake {
			_, _ = sysRead(l.wake.fd, l.buf[:8])
			if err := l.ctx.Err(); err != nil {
				return err
			}
			continue
		}
		if err := l.on[e.Pad](int(e.Fd), e.Events); err != nil {
			return err
		}
	}
	if l.clock()-l.progress > l.patience {
		v := &Violation{Kind: Stalled, Conn: -1}
		v.Detail, v.Messages, v.Conns = l.outstanding()
		v.Detail += fmt.Sprintf(", nothing for %v", time.Duration(l.patience))
		return v
	}
	return nil
}
