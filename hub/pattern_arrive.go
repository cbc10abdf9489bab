package hub

// arrival is a channel that has appeared, on its way into a loop: its members by pattern come in one after the other, and what is
// published meanwhile waits in the queue behind.
type arrival struct {
	roster *roster // nil: none
	todo   []*patternMember
	next   int
}

// wanting returns the loops with a member that has a pattern for channel.
func (h *Hub) wanting(channel string) (all []*lane) {
	for _, ln := range *h.lanes.Load() {
		if ln != nil && ln.wanted.match(channel) {
			all = append(all, ln)
		}
	}
	return all
}

// appear is called ahead of r's first message, which will be at first, under r.mu: it tells the loops with patterns for r. Until a
// loop has met the mark its roster is pinned: who will be in it is only known there.
func (h *Hub) appear(r *room, first Position, wake []*lane) ([]*lane, error) {
	loops := h.wanting(r.name)
	if len(loops) == 0 {
		return wake, nil
	}
	for _, ln := range loops {
		if ln.backlog.Load() >= int64(h.cfg.MaxBacklog) {
			return nil, channelError(r.name, ErrBacklog)
		}
	}
	mk := &mark{arrived: true, shown: Joined{Position: Position{Epoch: first.Epoch, Seq: first.Seq - 1}, Options: r.opts}}
	for _, ln := range loops {
		ro := r.roster(ln)
		if ro == nil {
			ro = &roster{room: r, lane: ln}
		}
		idle, ok := ln.push(item{roster: ro, mark: mk})
		if !ok {
			continue
		}
		if idle {
			wake = append(wake, ln)
		}
		if ro.count == 0 && !ro.pinned {
			r.rosters = append(r.rosters, ro)
		}
		ro.pinned = true
	}
	return wake, nil
}

// unpin is called when the loop has met r's mark.
func (h *Hub) unpin(ro *roster) {
	r := ro.room
	r.mu.Lock()
	defer r.mu.Unlock()
	ro.pinned = false
	if ro.count != 0 { // or given up
		return
	}
	r.drop(ro)
	if r.members == 0 {
		r.idle = h.cfg.Now().UnixNano()
	}
}

// arrive is the loop coming to the mark of a channel that has appeared; false: the budget is used up before the last
// member.
func (ln *lane) arrive() bool {
	a, it := &ln.arrival, ln.out[ln.at]
	if a.roster == nil {
		a.roster, a.todo, a.next = it.roster, ln.wanted.members(it.roster.room.name), 0
		ln.left--
	}
	for a.next < len(a.todo) {
		if ln.left <= 0 {
			return false
		}
		pm := a.todo[a.next]
		a.next++
		ln.left--
		if pm.group == nil { // it has left the pattern meanwhile
			continue
		}
		ln.busy = pm.member
		ln.admit(pm, it.roster, it.mark)
		ln.busy = nil
	}
	ro := a.roster
	*a = arrival{}
	ln.pass(1)
	ln.hub.unpin(ro)
	return true
}

// admit takes one member into a channel that has appeared.
func (ln *lane) admit(pm *patternMember, ro *roster, mk *mark) {
	h, ms, channel := ln.hub, pm.member.Memberships(), ro.room.name
	if pm.Filter != nil && !pm.Filter(channel) {
		return
	}
	slot, in := ms.find(ro)
	switch {
	case in && !ms.at(slot).waiting:
		ms.at(slot).source |= implied
		return
	case in:
		// Its own mark is further back. It comes in here, and then there is nothing left for that one to do but to
		// tell whoever has joined explicitly.
		ms.overtake(slot)
	case ms.Len() >= h.cfg.MaxChannelsPerMember:
		pm.refuse(channel)
		return
	default:
		if !h.enterLate(ro) {
			return
		}
		slot = ms.add(membership{roster: ro, source: implied})
	}
	ms.settle(slot, pm.member)
	h.tellImplied(ms, ro, mk.shown)
}

// enterLate counts a member into a roster that is pinned; false: its loop was given up.
func (h *Hub) enterLate(ro *roster) bool {
	r := ro.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if ro.count < 0 {
		return false
	}
	h.enter(h.shard(r.name), r, ro)
	return true
}
