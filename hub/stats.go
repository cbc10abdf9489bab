package hub

import "sync/atomic"

// Stats is a hub's counters at about one moment: each is right, together they may be a
// moment apart. The counts of deliveries are brought up to date at the end of a loop's turn.
type Stats struct {
	Loops    int // that have had a member and have not ended
	Channels int // with members
	Retained int // channels without members whose position is kept
	Backlog  int // messages and joins that wait for a loop, summed over the loops

	Subscriptions int // members of channels, counted once a channel, joins under way included
	Patterns      int // that members have, counted once a member

	Published uint64 // messages accepted

	// Deliveries, by outcome.
	Sent, Queued, Dropped, Closed uint64

	Yields uint64 // turns that ended because of Config.TurnBudget
	Panics uint64 // of members, contained

	// Receivers is the number of members that each published message was for.
	Receivers Histogram
	// Turns is the seconds that each of a loop's turns spent with handing out messages. Turns of fewer than some 64 deliveries, which
	// take some microseconds, are not in it.
	Turns Histogram
}

// laneStats is written by one loop and read by anybody.
type laneStats struct {
	outcomes [4]atomic.Uint64
	yields   atomic.Uint64
	panics   atomic.Uint64
	members  atomic.Int64 // on the loop; not counted when that has ended
	patterns atomic.Int64 // likewise
	turns    turnTimes
}

// add takes over the counts of a loop that has ended.
func (s *laneStats) add(o *laneStats) {
	for i := range s.outcomes {
		s.outcomes[i].Add(o.outcomes[i].Load())
	}
	s.yields.Add(o.yields.Load())
	s.panics.Add(o.panics.Load())
	s.turns.add(&o.turns)
}

// flush adds a turn's counts: one atomic a turn, not one a delivery.
func (s *laneStats) flush(counts *[4]uint64) {
	for i, n := range counts {
		if n > 0 {
			s.outcomes[i].Add(n)
			counts[i] = 0
		}
	}
}

// Members returns the number of members of channel on all loops, joins under way included;
// 0 for a channel that does not exist. Any goroutine may call it.
func (h *Hub) Members(channel string) int {
	r := h.shard(channel).lookup(channel)
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return int(r.members)
}

// Channels returns the number of channels that have members. Any goroutine may call it.
func (h *Hub) Channels() int {
	n := int64(0)
	for i := range h.shards {
		n += h.shards[i].occupied.Load()
	}
	return int(n)
}

// Stats returns the counters. Any goroutine may call it.
func (h *Hub) Stats() Stats {
	st := Stats{Channels: h.Channels()}
	rooms := 0
	var receivers fanOuts
	for i := range h.shards {
		s := &h.shards[i]
		s.mu.Lock()
		rooms += len(s.rooms)
		s.mu.Unlock()
		receivers.add(&s.receivers)
	}
	st.Retained = max(0, rooms-st.Channels)
	var sum laneStats
	h.lanesMu.Lock() // a loop that ends now is counted once
	sum.add(&h.ended)
	for _, ln := range *h.lanes.Load() {
		if ln != nil {
			st.Loops++
			st.Backlog += int(ln.backlog.Load())
			st.Subscriptions += int(ln.stats.members.Load())
			st.Patterns += int(ln.stats.patterns.Load())
			sum.add(&ln.stats)
		}
	}
	h.lanesMu.Unlock()
	st.Sent = sum.outcomes[Sent].Load()
	st.Queued = sum.outcomes[Queued].Load()
	st.Dropped = sum.outcomes[Dropped].Load()
	st.Closed = sum.outcomes[Closed].Load()
	st.Yields = sum.yields.Load()
	st.Panics = sum.panics.Load()
	st.Receivers, st.Turns = receivers.histogram(), sum.turns.histogram()
	st.Published = st.Receivers.Count()
	return st
}
