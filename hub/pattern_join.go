package hub

import "fmt"

// MaxPatternsPerMember is how many patterns one member may have.
const MaxPatternsPerMember = 64

// maxRefused bounds how many channels one look through the table names that the member cannot be in: when it is in as many as
// it may be, the others will not fit either.
const maxRefused = 64

// PatternOptions is what a member that joins a pattern may ask for. The funcs run on the member's loop, under no lock.
type PatternOptions struct {
	// Filter says whether the member may be in channel. It is asked when the channel is found, appears, or another pattern that had made the
	// membership is left, and by [Hub.Awaited]; it must not join or leave. nil: it may be in all.
	Filter func(channel string) bool
	// Joined runs when the member is in channel because of the pattern, as JoinOptions.Joined does. It does not run for
	// a channel that the member is in already. nil: nothing.
	Joined func(channel string, at Joined)
	// Since is JoinOptions.Since of each channel that is there now; nil, or a nil pointer: the member is a newcomer to it.
	Since func(channel string) *Position
	// MaxReplay is JoinOptions.MaxReplay, for each channel.
	MaxReplay int
	// Refused tells of a channel that the pattern stands for and that the member is not in, because it is in as many as it may be: err is a
	// [*ChannelError] with [ErrTooManyChannels]. It is told once each time the channel is found or appears. nil: nothing.
	Refused func(channel string, err error)
}

// JoinPattern makes m a member of every channel that pattern stands for ([Match]): of those there are now, as by Join, when the
// queue of l has come to this point (looking for them takes several turns if they are many), and of each that appears later from its first
// message on. A channel appears with its first message; until then joining it makes it no
// channel in this sense. m has one membership of a channel, whether Join, a pattern or several have made
// it, and it lasts as long as one of them wants it.
//
// Not every channel is looked at for every message: a pattern is held against all channels when it is joined, and a channel
// against all patterns when it appears. With a broker that is a network, channels appear when this hub receives their
// first message, and interest is only told of those that have members.
//
// The error is a [*ChannelError] with [ErrPattern], [ErrAlreadyJoined], [ErrTooManyPatterns], [ErrLoopIndex], [ErrLoopEnded] or
// [ErrClosed]. To be called on l. o.Filter and o.Since may run before it returns, for channels that m is in already; o.Joined and o.Refused
// do not.
func (h *Hub) JoinPattern(l Loop, m Member, pattern string, o PatternOptions) error {
	if err := h.joinPattern(l, m, pattern, o); err != nil {
		if _, ok := err.(*ChannelError); ok {
			return err
		}
		return channelError(pattern, err)
	}
	return nil
}

func (h *Hub) joinPattern(l Loop, m Member, pattern string, o PatternOptions) error {
	if h.closed.Load() {
		return ErrClosed
	}
	if err := validatePattern(pattern, h.cfg.MaxChannelLen); err != nil {
		return err
	}
	if !IsPattern(pattern) {
		return fmt.Errorf("%w: it has no *; join the channel of this name instead", ErrPattern)
	}
	ln, err := h.lane(l)
	if err != nil {
		return err
	}
	ms := m.Memberships()
	switch {
	case ms.pattern(pattern) != nil:
		return ErrAlreadyJoined
	case len(ms.patterns()) >= MaxPatternsPerMember:
		return ErrTooManyPatterns
	case ln.ended():
		return ErrLoopEnded
	}
	pm := &patternMember{member: m, PatternOptions: o}
	// First into the table, then the search: a channel that appears meanwhile is met by one of the two or by both.
	ln.wanted.add(ln, pattern, pm)
	f := ms.further()
	f.patterns = append(f.patterns, pm)
	h.implyOwn(ln, pm)
	if !h.search(ln, pm) {
		h.leavePattern(ms, pm)
		return ErrLoopEnded
	}
	return nil
}

// LeavePattern takes m out of the channels that it is in only because of pattern, at once; left are those whose Joined had run. The
// error is a [*ChannelError] with [ErrNotJoined]. To be called on l, also inside Deliver.
func (h *Hub) LeavePattern(_ Loop, m Member, pattern string) (left []string, err error) {
	ms := m.Memberships()
	pm := ms.pattern(pattern)
	if pm == nil {
		return nil, channelError(pattern, ErrNotJoined)
	}
	return h.leavePattern(ms, pm), nil
}

func (h *Hub) leavePattern(ms *Memberships, pm *patternMember) (left []string) {
	pattern := pm.group.pattern
	ms.dropPattern(pm)
	pm.group.lane.wanted.remove(pm)
	// From the last one to the first: what takes the place of one that is removed was looked at before.
	for slot := ms.Len() - 1; slot >= 0; slot-- {
		x := ms.at(uint32(slot))
		name := x.roster.room.name
		if x.source&implied == 0 || !Match(pattern, name) || ms.holder(name) != nil {
			continue
		}
		if x.source == implied && !x.waiting {
			left = append(left, name)
		}
		h.withdraw(ms, uint32(slot), implied)
	}
	return left
}

// Patterns returns the patterns that m has, in no order. To be called on m's loop.
func (ms *Memberships) Patterns() []string {
	var all []string
	for _, pm := range ms.patterns() {
		all = append(all, pm.group.pattern)
	}
	return all
}

// SearchPatterns looks for channels that m's patterns stand for and that m is not in: for a member whose
// Filter allows more than before, or which has left channels so that others fit. To be called on l; it happens when
// the queue of l has come to this point.
func (h *Hub) SearchPatterns(l Loop, m Member) {
	ln := h.known(l)
	if ln == nil {
		return
	}
	for _, pm := range m.Memberships().patterns() {
		h.search(ln, pm)
	}
}

// HeldBy returns a pattern of m's that keeps it in channel; false: there is none. To be called on l.
func (h *Hub) HeldBy(l Loop, m Member, channel string) (pattern string, ok bool) {
	ms := m.Memberships()
	slot, ok := h.slot(l, ms, channel)
	if !ok || ms.at(slot).source&implied == 0 {
		return "", false
	}
	pm := ms.holder(channel)
	if pm == nil {
		return "", false
	}
	return pm.group.pattern, true
}

// Revoke takes m out of channel at once, whether it has joined it or a pattern has; a pattern will not have it in
// again before the channel is forgotten and appears anew, or [Hub.SearchPatterns]. It reports whether m was in and Joined had run. To be
// called on l, also inside Deliver.
func (h *Hub) Revoke(l Loop, m Member, channel string) (was bool) {
	ms := m.Memberships()
	slot, ok := h.slot(l, ms, channel)
	if !ok {
		return false
	}
	was = !ms.at(slot).waiting
	h.take(ms, slot)
	return was
}
