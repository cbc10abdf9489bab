package hub

// searchStep is how many channels that are looked at cost as much of a turn's budget as a delivery.
const searchStep = 4

// looking is a search for the channels of a pattern, a part of the table at a time: a hub has many channels, and the loop's I/O must
// not wait for all of them.
type looking struct {
	shard   int // that is next
	refused int
	found   []*room
}

// search asks the loop to look for the channels that pm's pattern stands for; false: the loop has ended.
func (h *Hub) search(ln *lane, pm *patternMember) bool {
	wake, ok := ln.push(item{mark: &mark{search: pm}})
	return ok && (!wake || h.wake(ln))
}

// look is the loop coming to such a mark; false: the budget is used up before the end of the table.
func (ln *lane) look() bool {
	h, pm := ln.hub, ln.out[ln.at].mark.search
	for ln.looking.shard < len(h.shards) && ln.looking.refused < maxRefused && pm.group != nil {
		if ln.left <= 0 {
			return false
		}
		s := &h.shards[ln.looking.shard]
		ln.looking.shard++
		var seen int
		ln.looking.found, seen = s.matching(pm.group.pattern, ln.looking.found[:0])
		ln.left -= 1 + seen/searchStep + len(ln.looking.found)
		ln.busy = pm.member
		for _, r := range ln.looking.found {
			if pm.group == nil || ln.looking.refused >= maxRefused { // nil: Filter or Refused has closed the connection
				break
			}
			h.imply(s, r, ln, pm)
		}
		ln.busy = nil
	}
	ln.looking = looking{}
	ln.pass(1)
	return true
}

// matching appends the rooms that pattern stands for, and tells how many it has looked at.
func (s *shard) matching(pattern string, found []*room) (all []*room, seen int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, r := range s.rooms {
		if Match(pattern, name) {
			found = append(found, r)
		}
	}
	return found, len(s.rooms)
}

// imply has pm's member join r, which pm's pattern stands for. A loop that has ended is noticed by those who post to it.
func (h *Hub) imply(s *shard, r *room, ln *lane, pm *patternMember) {
	if pm.Filter != nil && !pm.Filter(r.name) {
		return
	}
	ms, w := pm.member.Memberships(), pm.wish(r.name)
	r.mu.Lock()
	ro := r.roster(ln)
	if r.gone || r.seq == 0 || ro != nil && ro.pinned { // it will appear, or is on its way to this loop, where pm is among those who wait
		r.mu.Unlock()
		return
	}
	if ro != nil {
		if slot, in := ms.find(ro); in {
			r.mu.Unlock()
			h.alsoImply(ln, ms, slot, pm)
			return
		}
	}
	if ms.Len() >= h.cfg.MaxChannelsPerMember {
		r.mu.Unlock()
		ln.looking.refused++
		pm.refuse(r.name)
		return
	}
	mk := &mark{member: pm.member, implied: true, wish: w, ticket: ln.nextTicket()}
	ro, wake, err := h.enlistIn(s, r, ln, ms, mk)
	r.mu.Unlock()
	if err != nil {
		return
	}
	mk.slot = ms.add(membership{roster: ro, pos: mk.ticket, waiting: true, source: implied})
	if wake {
		h.wake(ln)
	}
}

// implyOwn notes for the channels that pm's member is in already that pm's pattern wants them too: at once, so that the member stays in
// should it leave them.
func (h *Hub) implyOwn(ln *lane, pm *patternMember) {
	ms := pm.member.Memberships()
	for slot := range ms.Len() {
		name := ms.at(uint32(slot)).roster.room.name
		if Match(pm.group.pattern, name) && (pm.Filter == nil || pm.Filter(name)) {
			h.alsoImply(ln, ms, uint32(slot), pm)
		}
	}
}

// alsoImply notes that a pattern wants a membership which there is already. Should that one's mark not have been met, the
// pattern gets one of its own, in case the other one leaves before.
func (h *Hub) alsoImply(ln *lane, ms *Memberships, slot uint32, pm *patternMember) {
	x := ms.at(slot)
	if x.source&implied != 0 {
		return
	}
	// A channel that has not appeared has no place in its order to come in at: it will appear.
	r := x.roster.room
	mk := &mark{member: pm.member, implied: true, wish: pm.wish(r.name), ticket: ln.nextTicket(), slot: slot}
	r.mu.Lock()
	if r.seq == 0 || x.roster.pinned {
		r.mu.Unlock()
		return
	}
	var wake, ok bool
	if x.waiting {
		wake, ok = h.enqueue(r, x.roster, mk)
	}
	r.mu.Unlock()
	x.source |= implied
	if ok {
		ms.addSecond(second{roster: x.roster, ticket: mk.ticket, source: implied})
	}
	if wake {
		h.wake(ln)
	}
}

// wish is what pm's member asks for in channel.
func (pm *patternMember) wish(channel string) wish {
	w := wish{maxReplay: pm.MaxReplay}
	if pm.Since != nil {
		w.since = pm.Since(channel)
	}
	return w
}

// refuse tells that channel does not fit, once if several of the member's patterns stand for it.
func (pm *patternMember) refuse(channel string) {
	if pm.Refused != nil && pm.member.Memberships().holder(channel) == pm {
		pm.Refused(channel, channelError(channel, ErrTooManyChannels))
	}
}
