package load

import (
	"context"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

// Held is open connections. Its methods belong to the goroutine that called Hold, which is locked to its thread until
// Close. A connection is served only while Serve runs: leave no gap longer than the server's ping timeout.
type Held struct {
	Pings   int64                   // server pings answered
	Pinged  int                     // connections that have answered at least one
	Connect time.Duration           // to open all
	Latency *hdrhistogram.Histogram // ns; of the messages that Expect announced, from their publishing

	*loop
	plan    HoldPlan
	conns   []heldConn
	spare   parser // of connections that have nothing pending
	coder   *coder // nil: no message is expected
	expect  uint32
	lacking int // connections that have not all that is expected
}

type heldConn struct {
	fd      int32
	got     uint32
	pinged  bool
	pending *parser
}

// Hold opens the plan's connections and answers pings meanwhile. Its error leaves nothing open.
func Hold(ctx context.Context, p HoldPlan) (*Held, error) {
	if p.Conns < 1 {
		return nil, fmt.Errorf("a hold plan needs connections: %+v", p)
	}
	if p.Path == "" {
		p.Path = "/sub"
	}
	l, err := newLoop(ctx, p.Patience, 0)
	if err != nil {
		return nil, err
	}
	h := &Held{loop: l, plan: p, conns: make([]heldConn, p.Conns), Latency: newHistogram()}
	for i := range h.conns {
		h.conns[i].fd = -1
	}
	h.on[kindConn] = h.event
	if err := h.open(); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

func (h *Held) open() error {
	p := h.plan
	d, err := newDialer(h.loop, p.Addr, p.Path, min(inProgress, p.Conns))
	if err != nil {
		return err
	}
	defer d.close()
	d.sources = p.Sources
	open := 0
	d.opened = func(conn, fd int, rest []byte) error {
		h.conns[conn].fd = int32(fd)
		if err := h.mod(fd, kindConn, conn, unix.EPOLLIN); err != nil {
			return err
		}
		if open++; p.Progress != nil {
			p.Progress(open)
		}
		return h.take(conn, rest)
	}
	h.outstanding = func() (string, int64, int) { return "opening connections", 0, p.Conns - open }
	start := h.clock()
	for open < p.Conns {
		next := never
		for d.started < p.Conns && len(d.free) > 0 {
			if p.Rate > 0 {
				if next = start + int64(float64(d.started)/p.Rate*1e9); next > h.now {
					break
				}
				h.progress, next = h.now, never
			}
			if err := d.start(d.started); err != nil {
				return err
			}
		}
		if err := h.turn(next); err != nil {
			return err
		}
	}
	h.Connect = time.Duration(h.clock() - start)
	return nil
}

// Expect announces that every connection will be given count messages of size bytes by Publish, numbered from 0. It
// begins a new Latency.
func (h *Held) Expect(count, size int) {
	h.coder, h.expect, h.lacking = newCoder(max(size, MinSize)), uint32(count), len(h.conns)
	h.Latency = newHistogram()
	for i := range h.conns {
		h.conns[i].got = 0
		if p := h.conns[i].pending; p != nil {
			p.size = h.coder.size
		}
	}
}

// Serve keeps the connections for d: it answers pings, verifies what Expect announced, and returns a *Violation when a
// connection is lost. After Expect it returns nil as soon as every connection has everything, and Lost when d passes first.
func (h *Held) Serve(ctx context.Context, d time.Duration) error {
	h.watch(ctx)
	waiting := h.lacking > 0
	for end := h.clock() + int64(d); h.now < end; {
		if waiting && h.lacking == 0 {
			return nil
		}
		h.progress = h.now // idleness is no fault here
		if err := h.turn(end); err != nil {
			return err
		}
	}
	if !waiting || h.lacking == 0 {
		return nil
	}
	v := &Violation{Kind: Lost, Conns: h.lacking}
	for i := len(h.conns) - 1; i >= 0; i-- {
		if c := &h.conns[i]; c.got < h.expect {
			v.Conn, v.Want, v.Got = i, uint64(c.got), uint64(c.got)
			v.Messages += int64(h.expect - c.got)
		}
	}
	v.Detail = fmt.Sprintf("%d messages have not come on %d connections in %v; this is the first of them", v.Messages, v.Conns, d)
	return v
}

// Close resets every connection.
func (h *Held) Close() {
	for i := range h.conns {
		if h.conns[i].fd >= 0 {
			reset(int(h.conns[i].fd))
			h.conns[i].fd = -1
		}
	}
	h.loop.close()
}
