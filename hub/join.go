package hub

// JoinOptions is what a join may ask for.
type JoinOptions struct {
	// Since is where a member was that comes back: if everything after it is still there, it goes on from there. nil: it is a newcomer.
	Since *Position

	// MaxReplay bounds the data, in bytes, of the messages that a member which comes back is shown. If there are more, it
	// is not recovered. 0, or negative: no limit.
	MaxReplay int

	// Joined runs on the loop when the member is in: every message after the position is
	// delivered, none up to it. It does not run if the member has left by then. nil: nothing.
	Joined func(Joined)
}

// mark is an entry of a queue that is no message.
type mark struct {
	fence  chan struct{} // not nil: Sync waits for it
	member Member
	joined func(Joined)
	wish   wish
	shown  Joined // of the moment in which it was put there
	ticket uint32

	search *patternMember // not nil: its channels are to be looked for

	arrived bool   // the channel has appeared; member is nil
	implied bool   // put there for a pattern
	slot    uint32 // where the membership was put; another one's leaving may have moved it
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
	mk := &mark{member: m, joined: o.Joined, wish: wish{o.Since, o.MaxReplay}, ticket: ln.nextTicket()}
	if len(ms.patterns()) > 0 {
		if slot, ok := h.slot(l, ms, channel); ok {
			return h.joinAgain(ln, ms, slot, mk)
		}
	}
	if ms.Len() >= h.cfg.MaxChannelsPerMember {
		return h.full(ms, channel)
	}
	ro, wake, err := h.enlist(ln, ms, channel, mk)
	if err != nil {
		return err
	}
	mk.slot = ms.add(membership{roster: ro, pos: mk.ticket, waiting: true, source: explicit})
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
	wake, ok := h.enqueue(r, ro, mk)
	if !ok {
		return nil, false, ErrLoopEnded
	}
	h.enter(s, r, ro)
	return ro, wake, nil
}

// enqueue puts the mark into the queue with what was before it, under r.mu; false: the loop has ended.
func (h *Hub) enqueue(r *room, ro *roster, mk *mark) (wake, ok bool) {
	mk.shown = r.show(mk.wish)
	return ro.lane.push(item{roster: ro, mark: mk})
}

// joinAgain is a join of a channel that a pattern has the member in: the membership is the join's too, and o.Joined runs at this point of
// the channel's order, as it would for a new one.
func (h *Hub) joinAgain(ln *lane, ms *Memberships, slot uint32, mk *mark) error {
	x := ms.at(slot)
	if x.source&explicit != 0 {
		return ErrAlreadyJoined
	}
	mk.slot = slot
	r := x.roster.room
	r.mu.Lock()
	wake, ok := h.enqueue(r, x.roster, mk)
	r.mu.Unlock()
	if !ok || wake && !h.wake(ln) {
		return ErrLoopEnded
	}
	x.source |= explicit
	ms.addSecond(second{roster: x.roster, ticket: mk.ticket, source: explicit})
	return nil
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
	if !ok { // left
		return
	}
	switch x := ms.at(slot); {
	case x.waiting && x.pos == mk.ticket:
		ms.settle(slot, mk.member)
	case !ms.takeIfSecond(it.roster, mk.ticket): // left, and perhaps joined again further back
		return
	case mk.implied: // in already
		return
	default:
		mk.shown.Again = true
	}
	ln.busy = mk.member
	if mk.implied {
		ln.hub.tellImplied(ms, it.roster, mk.shown)
	} else if mk.joined != nil {
		mk.joined(mk.shown)
	}
	ln.busy = nil
}
