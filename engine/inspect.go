package engine

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// InspectOrder says which connections are the first of an Inspection.
type InspectOrder uint8

const (
	ByBuffered InspectOrder = iota // most unsent bytes first
	ByLag                          // longest without taking a byte first
	ByAge                          // oldest first
)

// InspectOptions says what an Inspection lists.
type InspectOptions struct {
	By InspectOrder
	// Limit is the number of connections that are listed. 0: 20. Above 1000: 1000. Negative: none.
	Limit int
	// Detail runs on the loop of each connection that may be listed, at most Limit on every loop, and its result becomes
	// ConnInfo.Detail. It must not block. Nil: nothing.
	Detail func(*Conn) any
}

// ConnInfo is one connection, as its loop saw it.
type ConnInfo struct {
	Ref      Ref
	Loop     int
	Peer     netip.AddrPort // the zero value for a unix socket
	State    string         // "handshake", "open" or "closing"
	Age      time.Duration  // since it came, in whole seconds
	Idle     time.Duration  // since something came from it
	Lag      time.Duration  // for how long it has taken no byte although some wait; 0 if none do
	Buffered int            // unsent bytes
	Detail   any
}

// Inspection is what Inspect found. Each loop answers for a moment of its own.
type Inspection struct {
	Conns  int        // connections looked at
	Unsent int64      // bytes, of all of them
	List   []ConnInfo // the first ones in the order asked for
	Silent []int      // loops that did not answer in time
}

const (
	inspectDefault, inspectMost = 20, 1000
	// inspectChunk is how many connections a loop looks at before it does something else: some 20 us.
	inspectChunk = 1024
)

// Inspect looks at every connection, a thousand at a time on its loop with other work between, and returns those that come
// first. It is for people who look for the connection that makes trouble: a million connections cost some 20 ms of
// CPU in all. When ctx ends, what the loops said until then is returned together with ctx's error, and Silent names
// the others. Any goroutine may call it except a loop's. The error is ErrClosed on an engine that has ended.
func (e *Engine) Inspect(ctx context.Context, o InspectOptions) (Inspection, error) {
	switch {
	case o.Limit == 0:
		o.Limit = inspectDefault
	case o.Limit > inspectMost:
		o.Limit = inspectMost
	}
	scans := make([]*scan, len(e.loops))
	for i, l := range e.loops {
		scans[i] = &scan{l: l, o: o, ctx: ctx, done: make(chan struct{})}
		if !l.Post(scans[i].step) {
			return Inspection{}, ErrClosed
		}
	}
	var in Inspection
	var err error
	for i, s := range scans {
		select {
		case <-s.done:
		case <-e.ended:
			return Inspection{}, ErrClosed
		case <-ctx.Done():
		}
		select {
		case <-s.done:
			in.Conns += s.conns
			in.Unsent += s.unsent
			in.List = append(in.List, s.infos...)
		default:
			in.Silent = append(in.Silent, i)
			err = ctx.Err()
		}
	}
	slices.SortStableFunc(in.List, func(a, b ConnInfo) int { return o.By.compare(&a, &b) })
	in.List = in.List[:min(len(in.List), max(0, o.Limit))]
	return in, err
}

func (by InspectOrder) compare(a, b *ConnInfo) int {
	switch by {
	case ByLag:
		return int(b.Lag.Milliseconds() - a.Lag.Milliseconds())
	case ByAge:
		return int(b.Age/time.Second - a.Age/time.Second)
	}
	return b.Buffered - a.Buffered
}
