package hub

// Holds is what the members of one loop have not been sent, because they are too slow or asked for less. It belongs to the loop, has no
// lock, and is empty as long as everybody keeps up. The zero value does not work; call [NewHolds].
type Holds struct {
	now  func() int64
	wake func(at int64)

	logs   map[string][]*pending // by channel; mostly one
	paces  map[int64]*pace       // by period
	active []*pace               // with windows that are closed

	due []*Hold // whose windows are over and that wait for their turn

	kept, rounds int64 // messages in logs, and references to messages in rounds
	holding      [holdKinds]int64
	holds        int64

	budget, trimFrom int // tests have smaller ones
}

// NewHolds makes one. now is a clock in ns that does not go back; it is asked when a member begins to hold, and at rounds, not
// for every message. wake asks for a call of Tick at that time or soon after; it may come more often.
func NewHolds(now func() int64, wake func(at int64)) *Holds {
	return &Holds{now: now, wake: wake, logs: map[string][]*pending{}, paces: map[int64]*pace{},
		budget: tickBudget, trimFrom: trimFrom}
}

// Conflate returns a Hold for a member of a channel with SlowConflate. Every message of the channel must be offered to it, beginning
// with the one that is about to be sent.
func (s *Holds) Conflate() *Hold {
	s.holds++
	return &Hold{in: s}
}

// Drop returns a Hold that keeps no message, only the account of what was left out.
func (s *Holds) Drop() *Hold {
	s.holds++
	return &Hold{in: s, drop: true}
}

// pending returns a log for a member that lacks m and what follows.
func (s *Holds) pending(m *Message) *pending {
	logs := s.logs[m.Channel]
	for _, p := range logs {
		if p.covers(m) {
			return p
		}
	}
	p := &pending{
		in: s, channel: m.Channel, epoch: m.Epoch, first: m.Seq, last: m.Seq - 1,
		most: limit(m.Options.MaxKeys, defaultMaxKeys), trimAt: s.trimFrom,
	}
	s.logs[m.Channel] = append(logs, p)
	return p
}

// Empty reports whether there is no Hold.
func (s *Holds) Empty() bool { return s.holds == 0 }

// HoldStats are the levels of a [Holds].
type HoldStats struct {
	Messages int64 // kept for members, each counted once a loop
	Rounds   int64 // places of members in rounds under way, each a reference to a message

	// Memberships that hold something: numbers that were dropped and not declared yet, values because the member is slow, and values
	// because it asked for a rate.
	Dropping, Slow, Paced int64
}

// Stats returns the levels. Like everything here it is for the loop alone.
func (s *Holds) Stats() HoldStats {
	return HoldStats{s.kept, s.rounds, s.holding[holdsDropped], s.holding[holdsSlow], s.holding[holdsPaced]}
}

// HeldState is one [Hold], for those who look for the member that makes trouble.
type HeldState struct {
	Keys   int     // messages that are held
	Behind uint64  // sequence numbers that are not accounted for
	Oldest int64   // ns; the oldest of them came no longer ago; 0 if nothing is held
	MaxHz  float64 // the rate; 0: no limit

	// Messages since the Hold was made: those that a later one stands for, or stood for, and those that were dropped, declared or not yet.
	Conflated, Dropped uint64
}

// State returns it. Its cost is that of counting the keys.
func (h *Hold) State() HeldState {
	st := HeldState{Behind: h.seen - h.last, Dropped: h.dropped, Conflated: h.conflated, MaxHz: h.MaxHz(), Keys: len(h.round)}
	if h.last == h.seen {
		return st
	}
	if h.log != nil {
		for n := h.log.tail; n != nil && n.m.Seq > h.upTo; n = n.prev {
			st.Keys++
		}
	}
	switch gone := st.Behind - min(st.Behind, uint64(st.Keys)); {
	case h.drop, h.log != nil && h.last < max(h.lost, h.log.lost):
		st.Dropped += gone
	default:
		st.Conflated += gone
	}
	since := h.after
	if len(h.round) > 0 {
		since = h.began
	}
	st.Oldest = max(1, h.in.now()-since)
	return st
}
