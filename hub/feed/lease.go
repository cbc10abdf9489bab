package feed

import (
	"container/heap"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// StatusExpired is the close code of a connection whose time by Config.Expires is over: 3000, which IANA's
// registry of RFC 6455 11.7 has as "Unauthorized". The feed closes with it for nothing else.
const StatusExpired = frame.StatusUnauthorized

// expiriesPerTick bounds the closes of one tick, so that tokens which were all made at the same moment don't hold a loop
// up when they end. The next tick is 100 ms away then.
const expiriesPerTick = 1024

// lease is the time that a session has. Only those with a limited one have a lease.
type lease struct {
	session *Session
	end     int64 // ms since 1970
	place   int   // in the heap
}

// leases are those of one loop: a heap, so that one look a tick finds those that are over, without a timer for each.
type leases []*lease

// Len, Less, Swap, Push and Pop implement [heap.Interface].
func (q leases) Len() int           { return len(q) }
func (q leases) Less(i, j int) bool { return q[i].end < q[j].end }
func (q leases) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}
func (q *leases) Push(x any) {
	l := x.(*lease)
	l.place = len(*q)
	*q = append(*q, l)
}
func (q *leases) Pop() any {
	last := len(*q) - 1
	l := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return l
}

// lend starts or changes the session's time according to its user; it returns its end in ms since 1970, 0 for none.
func (s *Session) lend() int64 {
	f, user := s.feed, s.User()
	if f.cfg.Expires == nil || user == nil {
		return 0
	}
	at := f.cfg.Expires(user)
	if at.IsZero() {
		s.giveBack()
		return 0
	}
	end := at.UnixMilli()
	if l := s.rare.lease; l != nil {
		l.end = end
		heap.Fix(f.leasesOf(s), l.place)
		return end
	}
	s.rare.lease = &lease{session: s, end: end}
	heap.Push(f.leasesOf(s), s.rare.lease)
	return end
}

// leasesOf returns those of s's loop.
func (f *Feed) leasesOf(s *Session) *leases {
	v, ok := f.leases.Load(s.conn.Loop())
	if !ok {
		v = new(leases)
		f.leases.Store(s.conn.Loop(), v)
	}
	return v.(*leases)
}

// giveBack ends the lease, if there is one; the session goes on.
func (s *Session) giveBack() {
	if s.rare == nil || s.rare.lease == nil {
		return
	}
	q := s.feed.leasesOf(s)
	heap.Remove(q, s.rare.lease.place)
	s.rare.lease = nil
	if len(*q) == 0 {
		s.feed.leases.Delete(s.conn.Loop()) // the feed must not hold a loop that has ended
	}
}

// Tick is for engine.Handler.Tick: it sends what was held for a rate, and closes the connections whose time is over.
func (f *Feed) Tick(l *engine.Loop) {
	if v, ok := f.slow.Load(l); ok {
		v.(*slowLoop).tick()
	}
	v, ok := f.leases.Load(l)
	if !ok {
		return
	}
	q, now := v.(*leases), f.cfg.Now().UnixMilli()
	for n := 0; n < expiriesPerTick && len(*q) > 0 && (*q)[0].end <= now; n++ {
		(*q)[0].session.expire()
	}
}

// over reports whether the session's time is.
func (s *Session) over() bool {
	return s.rare != nil && s.rare.lease != nil && s.rare.lease.end <= s.feed.cfg.Now().UnixMilli()
}

// expire closes the connection because its time is over.
func (s *Session) expire() {
	s.giveBack()
	s.feed.expired.Add(1)
	s.conn.Close(StatusExpired, "the token has expired")
}
