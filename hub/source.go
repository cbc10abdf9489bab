package hub

// source says who wants a membership.
type source uint8

const (
	explicit source = 1 << iota // Join
	implied                     // one or more patterns
)

// second is a mark under way for a membership that has been made already, or will be by a mark further ahead. There is one when Join and a
// pattern want the same channel at about the same time; hardly ever.
type second struct {
	roster *roster
	ticket uint32
	source source // explicit or implied
}

func (ms *Memberships) addSecond(s second) {
	f := ms.further()
	f.seconds = append(f.seconds, s)
}

// takeSecond takes r's out of the list.
func (ms *Memberships) takeSecond(r *roster) (s second, ok bool) {
	if ms.more == nil {
		return second{}, false
	}
	f := ms.more
	for i, s := range f.seconds {
		if s.roster == r {
			last := len(f.seconds) - 1
			f.seconds[i] = f.seconds[last]
			f.seconds = f.seconds[:last]
			if last == 0 {
				f.seconds = nil
			}
			ms.tidy()
			return s, true
		}
	}
	return second{}, false
}

// takeIfSecond takes r's out of the list if it has this number.
func (ms *Memberships) takeIfSecond(r *roster, ticket uint32) bool {
	s, ok := ms.takeSecond(r)
	if ok && s.ticket != ticket {
		ms.addSecond(s)
		return false
	}
	return ok
}

// withdraw takes back one of the reasons for a membership, and ends it if that was the only one.
func (h *Hub) withdraw(ms *Memberships, slot uint32, from source) {
	x := ms.at(slot)
	if x.source == from {
		h.take(ms, slot)
		return
	}
	x.source &^= from
	s, ok := ms.takeSecond(x.roster)
	switch {
	case !ok || s.source == from: // a mark will find that it is of no use any more
	case x.waiting: // for the mark of the one that goes; now for the other one's
		x.pos = s.ticket
	case s.source == explicit: // Join's Joined is still due; a pattern's is not, where the member is in already
		ms.addSecond(s)
	}
}

// overtake is called when a membership takes effect before its mark is met.
func (ms *Memberships) overtake(slot uint32) {
	x := ms.at(slot)
	s, two := ms.takeSecond(x.roster)
	switch {
	case two && s.source == explicit:
		ms.addSecond(s)
	case x.source&explicit != 0: // the mark waited for is Join's
		ms.addSecond(second{roster: x.roster, ticket: x.pos, source: explicit})
	}
	x.source |= implied
}

// settle puts the member into the list of the roster: it gets what is fanned out from now on.
func (ms *Memberships) settle(slot uint32, m Member) {
	x := ms.at(slot)
	x.pos, x.waiting = x.roster.append(entry{m: m, slot: slot}), false
}

// pattern returns the member's hold of pattern, or nil.
func (ms *Memberships) pattern(pattern string) *patternMember {
	for _, pm := range ms.patterns() {
		if pm.group.pattern == pattern {
			return pm
		}
	}
	return nil
}

func (ms *Memberships) patterns() []*patternMember {
	if ms.more == nil {
		return nil
	}
	return ms.more.patterns
}

func (ms *Memberships) dropPattern(pm *patternMember) {
	f := ms.more
	for i, x := range f.patterns {
		if x == pm {
			f.patterns = append(f.patterns[:i:i], f.patterns[i+1:]...)
			break
		}
	}
	if len(f.patterns) == 0 {
		f.patterns = nil
	}
	ms.tidy()
}

// holder returns the first of the member's patterns that wants channel, or nil.
func (ms *Memberships) holder(channel string) *patternMember {
	for _, pm := range ms.patterns() {
		if Match(pm.group.pattern, channel) && (pm.Filter == nil || pm.Filter(channel)) {
			return pm
		}
	}
	return nil
}

// tellImplied tells the pattern that has made the membership, and ends that if no pattern wants it any more.
func (h *Hub) tellImplied(ms *Memberships, ro *roster, at Joined) {
	pm := ms.holder(ro.room.name)
	if pm == nil {
		if slot, ok := ms.find(ro); ok && ms.at(slot).source&implied != 0 {
			h.withdraw(ms, slot, implied)
		}
		return
	}
	if pm.Joined != nil {
		pm.Joined(ro.room.name, at)
	}
}
