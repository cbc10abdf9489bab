package hub

import (
	"math"
	"sync"
	"time"
)

// room is one channel. mu makes "take the next number and put the message into the queues"
// one step, which is what order rests on.
type room struct {
	mu      sync.Mutex
	name    string
	epoch   string
	seq     uint64
	idle    int64     // ns since 1970 of the last message or member, while there are no members
	rosters []*roster // one for each loop that has members, or is about to learn that the room has appeared
	members int32     // on all loops, joins under way included
	gone    bool      // out of the table, or about to be: look the channel up again

	opts *ChannelOptions
	past *past // nil if it keeps nothing; belongs to mu but for what it says itself
}

func (r *room) position() Position { return Position{Epoch: r.epoch, Seq: r.seq} }

// roster returns the loop's members, or nil. Loops are few: a search beats an index here.
func (r *room) roster(ln *lane) *roster {
	for _, ro := range r.rosters {
		if ro.lane == ln {
			return ro
		}
	}
	return nil
}

// enter counts a member in; the caller holds r.mu. The broker is told under the lock: for a
// network, interest and loss of interest must not overtake each other.
func (h *Hub) enter(s *shard, r *room, ro *roster) {
	if ro.count == 0 && !ro.pinned {
		r.rosters = append(r.rosters, ro)
	}
	ro.count++
	ro.lane.stats.members.Add(1)
	r.members++
	if r.members == 1 {
		s.occupied.Add(1)
		h.broker.Subscribe(r.name)
	}
}

// leave counts a member of ro out.
func (h *Hub) leave(ro *roster) {
	r := ro.room
	r.mu.Lock()
	if ro.count < 0 { // the loop was given up and its members with it
		r.mu.Unlock()
		return
	}
	ro.count--
	ro.lane.stats.members.Add(-1)
	r.members--
	if ro.count == 0 && !ro.pinned {
		r.drop(ro)
	}
	empty := h.vacate(r)
	r.mu.Unlock()
	if empty {
		h.shard(r.name).forget(r)
	}
}

// drop takes a loop's roster out of the room. What is in the loop's queue for it finds an
// empty list.
func (r *room) drop(ro *roster) {
	ro.count = -1
	last := len(r.rosters) - 1
	for i, x := range r.rosters {
		if x == ro {
			r.rosters[i] = r.rosters[last]
			r.rosters[last] = nil
			r.rosters = r.rosters[:last]
			break
		}
	}
	if last == 0 {
		r.rosters = nil
	}
}

// vacate is called under r.mu when members have left. It reports whether the room is to be
// forgotten: one that was never published to has no position worth keeping, and a channel of
// that name made later may begin with the same one.
func (h *Hub) vacate(r *room) (forget bool) {
	if r.members > 0 {
		return false
	}
	h.shard(r.name).occupied.Add(-1)
	h.broker.Unsubscribe(r.name)
	if r.seq == 0 {
		r.gone = true
		return true
	}
	r.idle = h.cfg.Now().UnixNano()
	return false
}

// Sweep forgets the positions of channels that have had no member and no message for
// Config.Retain, or ChannelOptions.Retain, and messages that are too old for their channel's history. Call it every now and then, with the same clock as Config.Now. Its cost is
// that of looking at every channel, a part of the table locked at a time. Any goroutine may
// call it.
func (h *Hub) Sweep(now time.Time) {
	for i := range h.shards {
		h.shards[i].sweep(h, now.UnixNano())
	}
}

func (s *shard) sweep(h *Hub, now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if int64(len(s.rooms)) <= s.occupied.Load() && s.aging == 0 {
		return
	}
	for _, r := range s.rooms {
		r.mu.Lock()
		if r.past != nil {
			r.past.history.trim(r.opts.History, now)
		}
		if r.members == 0 && len(r.rosters) == 0 && r.idle <= now-h.retain(r) {
			h.epochs.retire()
			r.gone = true
			s.delete(r)
		}
		r.mu.Unlock()
	}
	s.shrink()
}

// retain is how long r is kept when nobody uses it, in ns.
func (h *Hub) retain(r *room) int64 {
	d := r.opts.Retain
	if d == 0 {
		d = h.cfg.Retain
	}
	if d < 0 {
		return math.MaxInt64
	}
	return int64(d)
}
