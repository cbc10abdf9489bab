package hub

// Leave takes m out of channel: at once, so that not even a message published before is
// delivered any more. The error is a [*ChannelError] with [ErrNotJoined]. To be
// called on l, also inside Deliver.
func (h *Hub) Leave(l Loop, m Member, channel string) error {
	if ln := h.known(l); ln != nil {
		if ro := h.rosterOf(ln, channel); ro != nil {
			ms := m.Memberships()
			if slot, ok := ms.find(ro); ok {
				h.take(ms, slot)
				return nil
			}
		}
	}
	return channelError(channel, ErrNotJoined)
}

// LeaveAll takes m out of all its channels, at once; a member in none is fine. To be called
// on l when m's connection closes, also inside Deliver. Its cost is proportional to the
// number of m's own channels.
func (h *Hub) LeaveAll(l Loop, m Member) { h.leaveAll(m.Memberships()) }

func (h *Hub) leaveAll(ms *Memberships) {
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
	if m.ticket == 0 {
		m.roster.remove(m.pos)
	}
	ms.remove(slot)
	h.leave(m.roster)
}
