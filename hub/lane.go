package hub

import (
	"sync"
	"sync/atomic"
	"time"
)

// lane is what the hub keeps for one loop: the queue of what the loop has to do, and how
// far it has got.
type lane struct {
	hub  *Hub
	loop Loop
	run  func()        // drain, bound once: a publish allocates no func
	gone chan struct{} // closed when the loop has ended

	backlog atomic.Int64 // entries in the queue or being worked on
	posts   atomic.Int32 // drains posted that have not begun

	mu     sync.Mutex
	in     []item
	posted bool // a drain is posted or running, and will meet what is put into in
	dead   bool

	wanted wanted // patterns of members

	_ [64]byte // publishers write above, the loop below

	out      []item  // taken from in; done up to at
	at       int     //
	end      int     // out[at:end] is being fanned out, if cur is not nil
	cur      *roster // whose entries must not move
	next     uint32  // the entry of cur that is next
	beat     bool    // it is a heartbeat that is being fanned out
	holes    []uint32
	together Run           // of out[at:end], for members that take it at once
	left     int           // deliveries left in this turn
	began    time.Duration // when it had so many deliveries that it is timed; notTimed before
	busy     Member
	ticket   uint32
	arrival  arrival
	looking  looking
	counts   [4]uint64 // outcomes of this turn

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

func (ln *lane) ended() bool {
	ln.mu.Lock()
	defer ln.mu.Unlock()
	return ln.dead
}

// nextTicket numbers a mark, so that it is known again when the loop meets it.
func (ln *lane) nextTicket() uint32 {
	ln.ticket++
	return ln.ticket
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
	ln.posts.Add(1)
	if ln.loop.Post(ln.run) {
		return true
	}
	ln.posts.Add(-1)
	h.giveUp(ln)
	return false
}
