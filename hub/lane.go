package hub

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// lane is what the hub keeps for one loop: the queue of what the loop has to do, and how
// far it has got.
type lane struct {
	hub  *Hub
	loop Loop
	run  func()        // drain, bound once: a publish allocates no func
	gone chan struct{} // closed when the loop has ended

	backlog atomic.Int64 // entries in the queue or being worked on

	mu     sync.Mutex
	in     []item
	posted bool // a drain is posted or running, and will meet what is put into in
	dead   bool

	_ [64]byte // publishers write above, the loop below

	out    []item  // taken from in; done up to at
	at     int     //
	end    int     // out[at:end] is being fanned out, if cur is not nil
	cur    *roster // whose entries must not move
	next   uint32  // the entry of cur that is next
	holes  []uint32
	left   int // deliveries left in this turn
	busy   Member
	ticket uint32
	counts [4]uint64 // outcomes of this turn

	stats laneStats
	guard guard
}

// item is one entry of a queue: a message for the members of a room, or a mark.
type item struct {
	roster *roster
	msg    *Message
	mark   *mark
}

const (
	// wakeEvery makes a publisher post again although a drain is under way: should the loop
	// have ended with that drain in its mailbox, this is how it is noticed.
	wakeEvery = 4096
	// keepQueue is the largest queue that is kept for reuse, in entries: 200 KB.
	keepQueue = 8192
	maxLoops  = 1 << 16
)

// push appends to the queue. wake: the caller must call h.wake when it holds no lock. ok is
// false if the loop has ended.
func (ln *lane) push(it item) (wake, ok bool) {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	if ln.dead {
		return false, false
	}
	ln.in = append(ln.in, it)
	ln.backlog.Add(1)
	wake = !ln.posted || len(ln.in)%wakeEvery == 0
	ln.posted = true
	return wake, true
}

// refill takes what was pushed. If there is nothing, the next push posts a drain.
func (ln *lane) refill() bool {
	spare := ln.out[:0]
	if cap(spare) > keepQueue {
		spare = nil
	}
	ln.mu.Lock()
	defer ln.mu.Unlock()
	ln.out, ln.at = ln.in, 0
	ln.in = spare
	if len(ln.out) == 0 {
		ln.posted = false
		return false
	}
	return true
}

// wake posts a drain, and gives the loop up if it takes no more posts.
func (h *Hub) wake(ln *lane) (ok bool) {
	if ln.loop.Post(ln.run) {
		return true
	}
	h.giveUp(ln)
	return false
}

// known returns what the hub has for l, or nil.
func (h *Hub) known(l Loop) *lane {
	i, all := l.Index(), *h.lanes.Load()
	if i >= 0 && i < len(all) && all[i] != nil && all[i].loop == l {
		return all[i]
	}
	return nil
}

// lane returns what the hub has for l, new on l's first join.
func (h *Hub) lane(l Loop) (*lane, error) {
	if ln := h.known(l); ln != nil {
		return ln, nil
	}
	i := l.Index()
	if i < 0 || i >= maxLoops {
		return nil, fmt.Errorf("hub: %w: loop index %d, want 0 to %d", ErrLoopIndex, i, maxLoops-1)
	}
	h.lanesMu.Lock()
	defer h.lanesMu.Unlock()
	old := *h.lanes.Load()
	if i < len(old) && old[i] != nil {
		if old[i].loop == l {
			return old[i], nil
		}
		return nil, fmt.Errorf("hub: %w: two loops have index %d", ErrLoopIndex, i)
	}
	all := make([]*lane, max(len(old), i+1))
	copy(all, old)
	ln := &lane{hub: h, loop: l, gone: make(chan struct{})}
	ln.run = ln.drain
	all[i] = ln
	h.lanes.Store(&all)
	return ln, nil
}

// Forget tells the hub that l has ended: its members are in no channel any more, and what waited
// for it is dropped. The hub finds out by itself when it next posts to l, so this is only for
// not waiting until then. Any goroutine may call it, on a loop that is not known too.
func (h *Hub) Forget(l Loop) {
	if ln := h.known(l); ln != nil {
		h.giveUp(ln)
	}
}

// giveUp drops a loop that has ended: its queue, and its members out of every room. The
// lists themselves are the loop's and are left to the collector.
func (h *Hub) giveUp(ln *lane) {
	ln.mu.Lock()
	if ln.dead {
		ln.mu.Unlock()
		return
	}
	ln.dead = true
	ln.in = nil
	ln.mu.Unlock()
	close(ln.gone)

	h.lanesMu.Lock()
	all := append([]*lane(nil), *h.lanes.Load()...)
	for i, x := range all {
		if x == ln {
			all[i] = nil
		}
	}
	h.lanes.Store(&all)
	h.ended.add(&ln.stats)
	h.lanesMu.Unlock()

	for i := range h.shards {
		h.evict(&h.shards[i], ln)
	}
}

func (h *Hub) evict(s *shard, ln *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rooms {
		r.mu.Lock()
		if ro := r.roster(ln); ro != nil {
			r.members -= ro.count
			r.drop(ro)
			if h.vacate(r) {
				s.delete(r)
			}
		}
		r.mu.Unlock()
	}
}
