package hub

import "fmt"

// maxLoops bounds Loop.Index: the table of loops is as long as the largest one.
const maxLoops = 1 << 16

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
			n := ro.count
			r.members -= n
			r.drop(ro)
			if n > 0 && h.vacate(r) {
				s.delete(r)
			} else if r.members == 0 {
				r.idle = h.cfg.Now().UnixNano()
			}
		}
		r.mu.Unlock()
	}
}
