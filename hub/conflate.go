package hub

import "slices"

// Hold is what one member has not been sent of one channel, and the account of what it has: for a member that is too slow, or that
// asked for less than there is. It does no I/O. [Holds] makes one when the first message could not be sent, or when the member asks for
// a rate; every message of the channel is offered to it from then on. It belongs to its loop.
//
// Held messages go out in rounds. A round is the latest message of each key at the moment it begins, in the order of their
// numbers. Values that come while it is under way wait for the next one. So a key whose value changes all the time
// still gets its turn, and none waits longer than the rest of one round and the next one.
type Hold struct {
	Owner any // of its maker's; the hub does not look at it

	in   *Holds
	log  *pending // nil: not among its holders
	spot int      // in log.holders

	round []*Message // what is left of the round under way; shared with others that are in the same one
	gaps  []uint64   // of the round: see pending.from; shared too
	upTo  uint64     // the log's messages up to it are in a round, or sent
	last  uint64     // everything up to it is accounted for
	given uint64     // the last number that was offered
	seen  uint64     // the same, or the end of the round under way if that is further
	lost  uint64     // numbers up to it were given up, not superseded
	epoch string
	known bool // epoch and numbers are set

	drop   bool // nothing is kept: SlowDrop, SlowDefault
	held   holdKind
	pace   *pace // nil: no limit
	closed bool  // the window: no round may begin
	due    bool  // its window is over, but its turn has not come
	slot   int   // in pace.closed, or in Holds.due
	began  int64 // when the first of the messages of the round under way may have come; ns
	after  int64 // the same for those behind it

	conflated, dropped uint64
}

// Verdict is what is to be done with a message that was offered to a [Hold].
type Verdict uint8

const (
	// Kept: nothing; the message, or a later one of its key, comes out of Next.
	Kept Verdict = iota
	// Pass: it may be sent at once with the Span; then call Sent, or Keep if it found no room.
	Pass
	// Past: nothing; it is accounted for already.
	Past
)

// Take offers m, the channel's next message.
func (h *Hold) Take(m *Message) (Span, Verdict) {
	if !h.known || m.Epoch != h.epoch {
		h.begin(m)
	}
	h.given = m.Seq
	if m.Seq <= h.last {
		return Span{}, Past
	}
	if h.log != nil {
		h.log.add(m)
	}
	if h.drop || h.last == h.seen && !h.closed {
		return h.span(m), Pass
	}
	h.keep(m)
	return Span{}, Kept
}

// begin starts the account anew before m: with the first message, or because the channel's count has.
func (h *Hold) begin(m *Message) {
	h.release()
	h.detach()
	h.round, h.gaps, h.epoch, h.known = nil, nil, m.Epoch, true
	h.last = m.Seq - 1 - m.Lost
	h.given, h.seen, h.upTo, h.lost = h.last, h.last, h.last, 0
}

// span is what m accounts for if it is sent now, with nothing kept: what lies before it was dropped.
func (h *Hold) span(m *Message) Span {
	return Span{From: h.last + 1, Seq: m.Seq, Dropped: h.last+1 < m.Seq}
}

// Keep holds m, for which Take has said Pass and which found no room.
func (h *Hold) Keep(m *Message) {
	if h.drop {
		if h.last == h.seen {
			h.after = h.in.now()
		}
		h.seen = m.Seq
		h.enter()
		return
	}
	h.keep(m)
}

func (h *Hold) keep(m *Message) {
	if h.last == h.seen && len(h.round) == 0 {
		h.after = h.in.now()
	}
	if h.log == nil {
		h.attach(m)
	}
	h.seen = max(h.seen, m.Seq)
	h.enter()
}

// Next returns what is to be sent next; ok is false if nothing may be. m is nil if nothing but the account is to be told, that
// numbers were dropped and no message is there to say so. When it is sent, call Sent; when it is not, Next returns it again.
func (h *Hold) Next() (m *Message, s Span, ok bool) {
	if h.last >= h.seen {
		return nil, Span{}, false
	}
	if h.drop {
		return nil, Span{From: h.last + 1, Seq: h.seen, Dropped: true}, true
	}
	if len(h.round) == 0 {
		if h.closed {
			return nil, Span{}, false
		}
		h.turn()
	}
	return h.Ahead(0)
}

// Ahead returns what Next will once the next n are sent, if that is in the round under way; ok is false if it is not.
func (h *Hold) Ahead(n int) (m *Message, s Span, ok bool) {
	if n >= len(h.round) {
		return nil, Span{}, false
	}
	last := h.last
	if n > 0 {
		last = h.round[n-1].Seq
	}
	m = h.round[n]
	s = Span{From: last + 1, Seq: m.Seq}
	s.Dropped = s.From < s.Seq && last < h.lost
	if len(h.gaps) > 0 {
		i, _ := slices.BinarySearch(h.gaps, s.From)
		s.Gap = i < len(h.gaps) && h.gaps[i] < s.Seq
	}
	return m, s, true
}

// turn begins a round.
func (h *Hold) turn() {
	h.round, h.gaps = h.log.from(h.upTo)
	h.upTo = h.log.last
	h.seen = max(h.seen, h.upTo)
	h.lost = max(h.lost, h.log.lost)
	h.began, h.after = h.after, h.in.now()
	h.in.rounds += int64(len(h.round))
	h.shut()
}

// Sent notes that what s accounts for is on its way; m is nil if that was the account alone.
func (h *Hold) Sent(m *Message, s Span) {
	if n := s.Others(m != nil); s.Dropped {
		h.dropped += n
	} else {
		h.conflated += n
	}
	h.last = s.Seq
	h.seen = max(h.seen, h.last)
	if len(h.round) > 0 {
		h.round = h.round[1:]
		h.in.rounds--
	} else {
		h.upTo = max(h.upTo, h.last)
		h.shut()
	}
	if h.last < h.seen {
		return
	}
	h.round, h.gaps = nil, nil
	h.leave()
	if h.pace == nil {
		h.detach()
	}
}

// InRound reports whether a round is under way. Who has several to serve goes on to the next when it is not.
func (h *Hold) InRound() bool { return len(h.round) > 0 }

// Drops reports whether h keeps no message, only the account.
func (h *Hold) Drops() bool { return h.drop }

// Behind reports whether something is held.
func (h *Hold) Behind() bool { return h.last < h.seen }

// Spare reports whether the member can do without h: nothing is held, no rate was asked for, and what it is given next follows what it
// got last.
func (h *Hold) Spare() bool { return h.pace == nil && h.last == h.seen && h.last == h.given }

// Close ends it, when the member leaves the channel. Nothing is held any more.
func (h *Hold) Close() {
	h.Limit(0)
	h.release()
	h.detach()
	h.round, h.gaps, h.last = nil, nil, h.seen
	h.in.holds--
}

func (h *Hold) release() {
	h.in.rounds -= int64(len(h.round))
	h.leave()
}
