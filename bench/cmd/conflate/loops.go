package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// readSize is how much is read at a time; behind it there is room for what was left of the read before.
const readSize, spare = 256 << 10, 4 << 10

func now() int64 { return time.Now().UnixNano() }

// prompt reads what comes as soon as it comes, until all is accounted for.
func prompt(ctx context.Context, all []*reader, nice int, in *span) error {
	runtime.LockOSThread()
	if err := stepBack(nice); err != nil {
		return err
	}
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("epoll_create1: %w", err)
	}
	defer unix.Close(ep)
	for i, r := range all {
		if err := unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, r.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}); err != nil {
			return fmt.Errorf("epoll_ctl: %w", err)
		}
	}
	events, buf := make([]unix.EpollEvent, 512), make([]byte, readSize+spare)
	for left := len(all); left > 0; {
		n, err := unix.EpollWait(ep, events, 100)
		if err != nil && err != unix.EINTR {
			return fmt.Errorf("epoll_wait: %w", err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, e := range events[:max(n, 0)] {
			r := all[e.Fd]
			if _, _, err := r.read(buf, readSize, now, in); err != nil {
				return fmt.Errorf("reader %d, at %d: %w", e.Fd+1, r.account.last, err)
			}
			if !r.ended && r.account.done() {
				r.ended = true
				left--
			}
		}
	}
	return nil
}

// round is the time in which each of the paced readers has its turn.
const round = 20 * time.Millisecond

// paced reads so many bytes a second from each, one after the other, until all is accounted for.
func paced(ctx context.Context, all []*reader, bytes float64, nice int, in *span) error {
	runtime.LockOSThread()
	if err := stepBack(nice); err != nil {
		return err
	}
	buf := make([]byte, readSize+spare)
	due := time.Now()
	last := slices.Repeat([]time.Time{due}, len(all))
	for turn, left := 0, len(all); left > 0; turn = (turn + 1) % len(all) {
		t := time.Now()
		if early := due.Sub(t); early > time.Millisecond {
			time.Sleep(early)
			t = time.Now()
		} else if early < -round {
			due = t // there was no time; each is allowed the more
		}
		due = due.Add(round / time.Duration(len(all)))
		if turn == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r := all[turn]
		if err := r.paced(buf, bytes*t.Sub(last[turn]).Seconds(), 3*bytes*round.Seconds(), in); err != nil {
			return fmt.Errorf("reader %d, at %d: %w", turn+1, r.account.last, err)
		}
		last[turn] = t
		if !r.ended && r.account.done() {
			r.ended = true
			left--
		}
	}
	return nil
}

// paced reads what r may, which is more than before, up to a bound.
func (r *reader) paced(buf []byte, more, most float64, in *span) error {
	r.allowed = min(r.allowed+more, most, readSize)
	if r.allowed < 1 {
		return nil
	}
	n, drained, err := r.read(buf, int(r.allowed), now, in)
	if r.allowed -= float64(n); drained {
		r.allowed = 0 // what did not come is not made up for
	}
	return err
}

// stepBack lowers the priority of this thread alone.
func stepBack(nice int) error {
	if nice == 0 {
		return nil
	}
	if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), nice); err != nil {
		return fmt.Errorf("setpriority: %w", err)
	}
	return nil
}
