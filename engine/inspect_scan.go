package engine

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// scan is one loop's part of an Inspect.
type scan struct {
	l    *Loop
	o    InspectOptions
	ctx  context.Context
	next int    // the slot to look at next
	best []rank // sorted, the first connection first; at most o.Limit

	conns  int
	unsent int64
	infos  []ConnInfo
	done   chan struct{} // closed when the rest may be read
}

// rank is a connection's place in the order.
type rank struct {
	key int64 // larger is earlier
	ref Ref
}

// step looks at some connections and posts itself again, so that the loop has its I/O in between.
func (s *scan) step() {
	if s.ctx.Err() != nil {
		return // nobody waits any more
	}
	l := s.l
	end := min(len(l.slots.conns), s.next+inspectChunk)
	for ; s.next < end; s.next++ {
		if c := l.slots.conns[s.next]; c != nil && c.state != stateDone {
			s.look(c)
		}
	}
	if s.next < len(l.slots.conns) {
		l.Post(s.step)
		return
	}
	for _, r := range s.best {
		if c := l.slots.get(r.ref); c != nil && c.state != stateDone {
			s.infos = append(s.infos, c.info(s.o.Detail))
		}
	}
	close(s.done)
}

func (s *scan) look(c *Conn) {
	s.conns++
	n := c.buffered()
	s.unsent += int64(n)
	r := rank{ref: c.Ref()}
	switch s.o.By {
	case ByLag:
		r.key = int64(c.lag())
	case ByAge:
		r.key = -int64(s.l.slots.born[c.slot])
	default:
		r.key = int64(n)
	}
	if s.o.Limit <= 0 || len(s.best) == s.o.Limit && r.key <= s.best[len(s.best)-1].key {
		return
	}
	at, _ := slices.BinarySearchFunc(s.best, r.key, func(b rank, key int64) int {
		if b.key == key {
			return -1 // behind its equals
		}
		return cmp.Compare(key, b.key)
	})
	if len(s.best) == s.o.Limit {
		s.best = s.best[:len(s.best)-1]
	}
	s.best = slices.Insert(s.best, at, r)
}

// lag is for how long the peer has taken nothing although bytes wait.
func (c *Conn) lag() time.Duration {
	if c.back == nil {
		return 0
	}
	return time.Duration(c.loop.now - c.back.stalled)
}

func (c *Conn) info(detail func(*Conn) any) ConnInfo {
	l := c.loop
	i := ConnInfo{
		Ref: c.Ref(), Loop: l.index, Peer: c.socket().Peer(), State: "closing",
		Age:      time.Duration(uint32(l.now/int64(time.Second))-l.slots.born[c.slot]) * time.Second,
		Idle:     time.Duration(coarse(l.now)-c.lastRead) << 20,
		Lag:      c.lag(),
		Buffered: c.buffered(),
	}
	switch c.state {
	case stateHandshake:
		i.State = "handshake"
	case stateOpen:
		i.State = "open"
	}
	if detail != nil {
		i.Detail = c.callDetail(detail)
	}
	return i
}

func (c *Conn) callDetail(f func(*Conn) any) (detail any) {
	returned := false
	defer c.contain(&returned)
	detail = f(c)
	returned = true
	return detail
}
