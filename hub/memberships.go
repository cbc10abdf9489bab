package hub

import "iter"

// Memberships is the list of the channels that a member is in: 24 bytes, and no allocation
// for the first channel. It is a field of the member (not embedded: the field would hide
// the method of the same name), its zero value is ready, and it must not be copied.
// Everything here happens on the member's loop.
type Memberships struct {
	first membership
	more  *further // nil: none of it
}

// further is what a member has that is in several channels, or has patterns.
type further struct {
	list     []membership // the second and further channels
	patterns []*patternMember
	seconds  []second
}

// membership is one channel of a member, seen from the member.
type membership struct {
	roster *roster // nil: none
	pos    uint32  // where in the roster; while waiting, the number of the mark that is waited for

	waiting bool // the mark has not been met yet
	source  source
}

// Len returns the number of channels, joins under way included.
func (ms *Memberships) Len() int {
	if ms.first.roster == nil {
		return 0
	}
	if ms.more == nil {
		return 1
	}
	return 1 + len(ms.more.list)
}

// Channels returns the names of the channels, in no order, joins under way included. The
// member must not join or leave before the last one was looked at.
func (ms *Memberships) Channels() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range ms.Len() {
			if !yield(ms.at(uint32(i)).roster.room.name) {
				return
			}
		}
	}
}

func (ms *Memberships) at(slot uint32) *membership {
	if slot == 0 {
		return &ms.first
	}
	return &ms.more.list[slot-1]
}

// find returns the slot of r. It compares pointers in a row: the 1024 channels that a
// member may have by default are 16 KiB, so an index beside them would cost more than it saves.
func (ms *Memberships) find(r *roster) (slot uint32, ok bool) {
	if ms.first.roster == r {
		return 0, true
	}
	if ms.more != nil {
		list := ms.more.list
		for i := range list {
			if list[i].roster == r {
				return uint32(i) + 1, true
			}
		}
	}
	return 0, false
}

// findFrom is find with a guess.
func (ms *Memberships) findFrom(guess uint32, r *roster) (slot uint32, ok bool) {
	if int(guess) < ms.Len() && ms.at(guess).roster == r {
		return guess, true
	}
	return ms.find(r)
}

// named is find by name, for the calls that are about to fail anyway.
func (ms *Memberships) named(channel string) bool {
	for name := range ms.Channels() {
		if name == channel {
			return true
		}
	}
	return false
}

func (ms *Memberships) add(m membership) (slot uint32) {
	if ms.first.roster == nil {
		ms.first = m
		return 0
	}
	f := ms.further()
	f.list = append(f.list, m)
	return uint32(len(f.list))
}

func (ms *Memberships) further() *further {
	if ms.more == nil {
		ms.more = new(further)
	}
	return ms.more
}

// tidy gives back what is not needed any more.
func (ms *Memberships) tidy() {
	if f := ms.more; f != nil && f.list == nil && f.patterns == nil && f.seconds == nil {
		ms.more = nil
	}
}

// remove fills the slot with the last membership and tells that one's roster entry.
func (ms *Memberships) remove(slot uint32) {
	last := uint32(ms.Len() - 1)
	if slot != last {
		moved := *ms.at(last)
		*ms.at(slot) = moved
		if !moved.waiting {
			moved.roster.entry(moved.pos).slot = slot
		}
	}
	*ms.at(last) = membership{}
	if last > 0 {
		ms.shrink(last - 1)
	}
}

// shrink cuts more to n and gives back what a member no longer needs: most members that
// were once in many channels stay connected for hours.
func (ms *Memberships) shrink(n uint32) {
	list := ms.more.list[:n]
	switch {
	case n == 0:
		list = nil
	case cap(list) >= 16 && int(n) <= cap(list)/4:
		list = append(make([]membership, 0, n*2), list...)
	}
	ms.more.list = list
	ms.tidy()
}
