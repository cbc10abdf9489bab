package hub

// Leave takes m out of channel: at once, so that not even a message published before is
// delivered any more. If one of m's patterns wants it too, m stays in ([Hub.HeldBy]), and if only a pattern does the
// channel was never joined. The error is a [*ChannelError] with [ErrNotJoined]. To be
// called on l, also inside Deliver.
func (h *Hub) Leave(l Loop, m Member, channel string) error {
	ms := m.Memberships()
	if slot, ok := h.slot(l, ms, channel); ok && ms.at(slot).source&explicit != 0 {
		h.withdraw(ms, slot, explicit)
		return nil
	}
	return channelError(channel, ErrNotJoined)
}

// slot finds the membership of channel, joins under way included.
func (h *Hub) slot(l Loop, ms *Memberships, channel string) (slot uint32, ok bool) {
	if ln := h.known(l); ln != nil {
		if ro := h.rosterOf(ln, channel); ro != nil {
			return ms.find(ro)
		}
	}
	return 0, false
}

// LeaveAll takes m out of all its channels and patterns, at once; a member in none is fine. To be called
// on l when m's connection closes, also inside Deliver. Its cost is proportional to the
// number of m's own channels.
func (h *Hub) LeaveAll(l Loop, m Member) { h.leaveAll(m.Memberships()) }

func (h *Hub) leaveAll(ms *Memberships) {
	for len(ms.patterns()) > 0 {
		pm := ms.more.patterns[0]
		ms.dropPattern(pm)
		pm.group.lane.wanted.remove(pm)
	}
	for n := ms.Len(); n > 0; n-- {
		h.take(ms, uint32(n-1))
	}
}

func (h *Hub) rosterOf(ln *lane, channel string) *roster {
	r := h.shard(channel).lookup(channel)
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.roster(ln)
}

// take removes one membership. The list comes first: it is the loop's own.
func (h *Hub) take(ms *Memberships, slot uint32) {
	m := *ms.at(slot)
	if !m.waiting {
		m.roster.remove(m.pos)
	}
	ms.takeSecond(m.roster)
	ms.remove(slot)
	h.leave(m.roster)
}
