package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// echo is a run of an EchoPlan.
type echo struct {
	*loop
	*coder
	plan   EchoPlan
	rec    *recorder
	conns  []echoConn
	depth  uint64 // a power of two, of the due times kept
	closed bool   // no more is sent
	unsent []byte // scratch for a batch of frames
}

// Echo runs the plan. It blocks; cancelling ctx ends it at once with what was measured and ctx's error.
// When the window is over, everything in flight still has to come back.
func Echo(ctx context.Context, p EchoPlan, w Window) (Report, error) {
	p.Depth = max(p.Depth, 1)
	if p.Conns < 1 || p.Size < MinSize || p.Measure <= 0 {
		return Report{Latency: newHistogram()}, fmt.Errorf("an echo plan needs connections, a size of at least %d and a time: %+v", MinSize, p)
	}
	c := newCoder(p.Size)
	l, err := newLoop(ctx, p.Patience, 4*c.wire)
	if err != nil {
		return Report{Latency: newHistogram()}, err
	}
	defer l.close()
	e := &echo{loop: l, coder: c, plan: p, rec: newRecorder(w, 0), conns: make([]echoConn, p.Conns), depth: 1}
	for e.depth < uint64(p.Depth) {
		e.depth *= 2
	}
	for i := range e.conns {
		e.conns[i].fd = -1
	}
	defer e.hangUp()
	start := l.clock()
	connect := time.Duration(0)
	err = e.connect()
	if err == nil {
		connect = time.Duration(l.clock() - start)
		err = e.run()
	}
	return e.rec.report(l.clock(), connect), err
}

func (e *echo) connect() error {
	d, err := newDialer(e.loop, e.plan.Addr, "/echo", min(inProgress, e.plan.Conns))
	if err != nil {
		return err
	}
	defer d.close()
	d.opened = func(conn, fd int, rest []byte) error {
		e.conns[conn].fd = fd
		e.conns[conn].due = make([]int64, e.depth)
		if err := e.mod(fd, kindConn, conn, unix.EPOLLIN); err != nil {
			return err
		}
		return e.parse(conn, rest)
	}
	e.on[kindConn] = e.event
	return d.all(e.plan.Conns)
}

func (e *echo) run() error {
	e.outstanding = e.missing
	e.progress = e.clock()
	for i := range e.conns {
		if err := e.send(i, e.plan.Depth); err != nil {
			return err
		}
	}
	if err := e.until(e.clock() + int64(e.plan.Warm)); err != nil {
		return err
	}
	e.rec.begin(e.clock)
	if err := e.until(e.now + int64(e.plan.Measure)); err != nil {
		return err
	}
	e.rec.end(e.clock())
	e.closed = true
	for i := range e.conns {
		for c := &e.conns[i]; c.sent != c.got; {
			if err := e.turn(never); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *echo) until(t int64) error {
	for e.now < t && !e.enough() {
		if err := e.turn(t); err != nil {
			return err
		}
	}
	return nil
}

// enough ends the window of a plan that counts.
func (e *echo) enough() bool { return e.plan.messages > 0 && e.rec.messages >= e.plan.messages }

func (e *echo) missing() (detail string, messages int64, conns int) {
	for i := range e.conns {
		if n := int64(e.conns[i].sent - e.conns[i].got); n > 0 {
			messages, conns = messages+n, conns+1
		}
	}
	return "waiting for echoes", messages, conns
}

func (e *echo) hangUp() {
	for i := range e.conns {
		if e.conns[i].fd >= 0 {
			reset(e.conns[i].fd)
		}
	}
}

// ended is a connection that the server closed with an error number, or with none.
func ended(conn int, want uint64, errno unix.Errno) error {
	detail := "the server closed without a close frame"
	if errors.Is(errno, unix.ECONNRESET) || errors.Is(errno, unix.EPIPE) {
		detail = "the server reset the connection"
	} else if errno != 0 {
		detail = errno.Error()
	}
	return &Violation{Kind: Closed, Conn: conn, Want: want, Detail: detail}
}
