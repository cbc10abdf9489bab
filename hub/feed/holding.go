package feed

import (
	"cmp"
	"slices"
	"time"

	"github.com/weir-ws/weir/hub"
)

// Holding is what a session has not been sent, for those who look for the one that makes trouble.
type Holding struct {
	Channels int           // of which something is held
	Keys     int           // messages that are held
	Behind   uint64        // sequence numbers that are not accounted for
	Oldest   time.Duration // since the oldest of them may have come

	Conflated, Dropped uint64 // messages, by the subscriptions that hold something or have a rate

	// List is the channels that are furthest behind, at most MaxHoldingList of them.
	List []HeldChannel
}

// HeldChannel is one channel of a [Holding].
type HeldChannel struct {
	Channel string
	hub.HeldState
}

// MaxHoldingList is how many channels a Holding names.
const MaxHoldingList = 16

// Holding returns it; nil if nothing is held and no rate was asked for. To be called on the session's loop. Its cost is that of counting
// what is held.
func (s *Session) Holding() *Holding {
	sl := s.slowed()
	if sl == nil || len(sl.list) == 0 {
		return nil
	}
	h := new(Holding)
	for _, x := range sl.list {
		st := x.State()
		if st.Behind > 0 {
			h.Channels++
		}
		h.Keys += st.Keys
		h.Behind += st.Behind
		h.Oldest = max(h.Oldest, time.Duration(st.Oldest))
		h.Conflated += st.Conflated
		h.Dropped += st.Dropped
		h.List = append(h.List, HeldChannel{x.channel, st})
	}
	slices.SortFunc(h.List, func(a, b HeldChannel) int {
		return cmp.Or(cmp.Compare(b.Behind, a.Behind), cmp.Compare(a.Channel, b.Channel))
	})
	h.List = slices.Clip(h.List[:min(len(h.List), MaxHoldingList)])
	return h
}
