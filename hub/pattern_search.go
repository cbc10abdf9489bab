package hub

// search finds the channels that pm's pattern stands for and makes pm's member one of theirs; false: the loop has ended.
func (h *Hub) search(ln *lane, pm *patternMember) bool {
	var found []*room
	refused, wake := 0, false
	for i := range h.shards {
		s := &h.shards[i]
		found = s.matching(pm.group.pattern, found[:0])
		for _, r := range found {
			if pm.group == nil { // Filter or Refused has closed the connection
				return true
			}
			first, ok := h.imply(s, r, ln, pm, &refused)
			if !ok {
				return false
			}
			wake = wake || first
			if refused >= maxRefused {
				return !wake || h.wake(ln)
			}
		}
	}
	return !wake || h.wake(ln)
}

// matching appends the rooms that pattern stands for.
func (s *shard) matching(pattern string, found []*room) []*room {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, r := range s.rooms {
		if Match(pattern, name) {
			found = append(found, r)
		}
	}
	return found
}

// imply has pm's member join r, which pm's pattern stands for. ok is false if the loop has ended.
func (h *Hub) imply(s *shard, r *room, ln *lane, pm *patternMember, refused *int) (wake, ok bool) {
	if pm.Filter != nil && !pm.Filter(r.name) {
		return false, true
	}
	ms, w := pm.member.Memberships(), pm.wish(r.name)
	r.mu.Lock()
	if r.gone || r.seq == 0 { // it has not appeared yet
		r.mu.Unlock()
		return false, true
	}
	if ro := r.roster(ln); ro != nil {
		if ro.pinned && ln.arrival.roster != ro { // on its way, and then pm is among those it is for
			r.mu.Unlock()
			return false, true
		}
		if slot, in := ms.find(ro); in {
			r.mu.Unlock()
			return h.alsoImply(ln, ms, slot, pm)
		}
	}
	if ms.Len() >= h.cfg.MaxChannelsPerMember {
		r.mu.Unlock()
		*refused++
		pm.refuse(r.name)
		return false, true
	}
	mk := &mark{member: pm.member, implied: true, wish: w, ticket: ln.nextTicket()}
	ro, wake, err := h.enlistIn(s, r, ln, ms, mk)
	r.mu.Unlock()
	if err != nil {
		return false, false
	}
	mk.slot = ms.add(membership{roster: ro, pos: mk.ticket, waiting: true, source: implied})
	return wake, true
}

// alsoImply notes that a pattern wants a membership which there is already. Should that one's mark not have been met, the
// pattern gets one of its own, in case the other one leaves before.
func (h *Hub) alsoImply(ln *lane, ms *Memberships, slot uint32, pm *patternMember) (wake, ok bool) {
	x := ms.at(slot)
	if x.source&implied != 0 {
		return false, true
	}
	if !x.waiting {
		x.source |= implied
		return false, true
	}
	r := x.roster.room
	mk := &mark{member: pm.member, implied: true, wish: pm.wish(r.name), ticket: ln.nextTicket(), slot: slot}
	r.mu.Lock()
	wake, ok = h.enqueue(r, x.roster, mk)
	r.mu.Unlock()
	if ok {
		x.source |= implied
		ms.addSecond(second{roster: x.roster, ticket: mk.ticket, source: implied})
	}
	return wake, ok
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
