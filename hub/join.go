package hub

// JoinOptions is what a join may ask for.
type JoinOptions struct {
	// Joined runs on the loop when the member is in: every message after the position is
	// delivered, none up to it. It does not run if the member has left by then. nil: nothing.
	Joined func(Position)
}

// mark is an entry of a queue that is no message.
type mark struct {
	fence  chan struct{} // not nil: Sync waits for it
	member Member
	joined func(Position)
	pos    Position
	ticket uint32
	slot   uint32 // where the membership was put; another one's leaving may have moved it
}

// Join makes m a member of channel. It is in once the queue of l has come to this point of
// the channel's order, in this turn of the loop or the next; o.Joined tells. The error is a
// [*ChannelError] with [ErrChannelName], [ErrAlreadyJoined], [ErrTooManyChannels],
// [ErrLoopIndex], [ErrLoopEnded] or [ErrClosed]. To be called on l.
func (h *Hub) Join(l Loop, m Member, channel string, o JoinOptions) error {
	if err := h.join(l, m, channel, o); err != nil {
		if _, ok := err.(*ChannelError); ok {
			return err
		}
		return channelError(channel, err)
	}
	return nil
}

func (h *Hub) join(l Loop, m Member, channel string, o JoinOptions) error {
	if h.closed.Load() {
		return ErrClosed
	}
	ln, err := h.lane(l)
	if err != nil {
		return err
	}
	ms := m.Memberships()
	if ms.Len() >= h.cfg.MaxChannelsPerMember {
		return h.full(ms, channel)
	}
	ln.ticket++
	if ln.ticket == 0 {
		ln.ticket = 1
	}
	mk := &mark{member: m, joined: o.Joined, ticket: ln.ticket}
	ro, wake, err := h.enlist(ln, ms, channel, mk)
	if err != nil {
		return err
	}
	mk.slot = ms.add(membership{roster: ro, ticket: mk.ticket})
	if wake && !h.wake(ln) {
		ms.remove(mk.slot)
		return ErrLoopEnded
	}
	return nil
}

// full finds the most helpful error for a member that may join nothing more.
func (h *Hub) full(ms *Memberships, channel string) error {
	if ms.named(channel) {
		return ErrAlreadyJoined
	}
	if err := validateChannel(channel, h.cfg.MaxChannelLen); err != nil {
		return err
	}
	return ErrTooManyChannels
}

// enlist reads the position, puts the mark into the queue and counts the member in, in one
// step as seen from publishers.
func (h *Hub) enlist(ln *lane, ms *Memberships, channel string, mk *mark) (ro *roster, wake bool, err error) {
	s := h.shard(channel)
	for {
		r, err := s.get(h, channel)
		if err != nil {
			return nil, false, err
		}
		r.mu.Lock()
		if r.gone {
			r.mu.Unlock()
			s.forget(r)
			continue
		}
		ro, wake, err = h.enlistIn(s, r, ln, ms, mk)
		forget := r.members == 0 && r.seq == 0 // nobody came in after all
		r.gone = forget
		r.mu.Unlock()
		if forget {
			s.forget(r)
		}
		return ro, wake, err
	}
}

func (h *Hub) enlistIn(s *shard, r *room, ln *lane, ms *Memberships, mk *mark) (ro *roster, wake bool, err error) {
	ro = r.roster(ln)
	if ro == nil {
		ro = &roster{room: r, lane: ln}
	} else if _, in := ms.find(ro); in {
		return nil, false, ErrAlreadyJoined
	}
	mk.pos = r.position()
	wake, ok := ln.push(item{roster: ro, mark: mk})
	if !ok {
		return nil, false, ErrLoopEnded
	}
	h.enter(s, r, ro)
	return ro, wake, nil
}

// meet is the loop coming to a mark.
func (ln *lane) meet() {
	it := ln.out[ln.at]
	ln.pass(1)
	ln.left--
	if it.mark.fence != nil {
		close(it.mark.fence)
		return
	}
	mk, ms := it.mark, it.mark.member.Memberships()
	slot, ok := ms.findFrom(mk.slot, it.roster)
	if !ok || ms.at(slot).ticket != mk.ticket { // left, and perhaps joined again further back
		return
	}
	pos := it.roster.append(entry{m: mk.member, slot: slot})
	*ms.at(slot) = membership{roster: it.roster, pos: pos}
	if mk.joined != nil {
		ln.busy = mk.member
		mk.joined(mk.pos)
		ln.busy = nil
	}
}
