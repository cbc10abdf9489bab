// Package lease is the time that the user of a connection has, for the sessions of every protocol.
package lease

import (
	"container/heap"
	"sync"
	"time"

	"github.com/weir-ws/weir/engine"
)

// perTick bounds the closes of one tick, so that tokens which were all made at the same moment don't hold a loop
// up when they end. The next tick is 100 ms away then.
const perTick = 1024

// Lease is the time that a session has. Only those with a limited one have a lease. It belongs to the session's loop.
type Lease[S any] struct {
	session S
	end     int64 // ms since 1970
	place   int   // in the heap
}

// Over reports whether the time is.
func (l *Lease[S]) Over(now time.Time) bool { return l.end <= now.UnixMilli() }

// Loops are the leases of all loops that have any. The zero value is ready. What names a loop is to be called on it.
type Loops[S any] struct {
	all sync.Map // *engine.Loop -> *queue[S]
}

// Lend gives a session its time, or another one if it has l, and returns its lease and the end in ms since 1970.
func (x *Loops[S]) Lend(on *engine.Loop, l *Lease[S], session S, end time.Time) (lent *Lease[S], ms int64) {
	v, ok := x.all.Load(on)
	if !ok {
		v = new(queue[S])
		x.all.Store(on, v)
	}
	q, ms := v.(*queue[S]), end.UnixMilli()
	if l != nil {
		l.end = ms
		heap.Fix(q, l.place)
		return l, ms
	}
	l = &Lease[S]{session: session, end: ms}
	heap.Push(q, l)
	return l, ms
}

// GiveBack ends a lease; nil is fine.
func (x *Loops[S]) GiveBack(on *engine.Loop, l *Lease[S]) {
	if l == nil {
		return
	}
	v, _ := x.all.Load(on)
	q := v.(*queue[S])
	heap.Remove(q, l.place)
	if len(*q) == 0 {
		x.all.Delete(on) // nobody must hold a loop that has ended
	}
}

// Tick calls expire for sessions whose time is over; it must give the lease back.
func (x *Loops[S]) Tick(on *engine.Loop, now func() time.Time, expire func(S)) {
	v, ok := x.all.Load(on)
	if !ok {
		return
	}
	q, at := v.(*queue[S]), now()
	for n := 0; n < perTick && len(*q) > 0 && (*q)[0].Over(at); n++ {
		expire((*q)[0].session)
	}
}

// Len returns the number of leases. It is for tests: nothing else may run.
func (x *Loops[S]) Len() (n int) {
	x.all.Range(func(_, v any) bool { n += len(*v.(*queue[S])); return true })
	return n
}

// queue is those of one loop: a heap, so that one look a tick finds those that are over, without a timer for each.
type queue[S any] []*Lease[S]

// Len, Less, Swap, Push and Pop implement [heap.Interface].
func (q queue[S]) Len() int           { return len(q) }
func (q queue[S]) Less(i, j int) bool { return q[i].end < q[j].end }
func (q queue[S]) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}
func (q *queue[S]) Push(x any) {
	l := x.(*Lease[S])
	l.place = len(*q)
	*q = append(*q, l)
}
func (q *queue[S]) Pop() any {
	last := len(*q) - 1
	l := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return l
}
