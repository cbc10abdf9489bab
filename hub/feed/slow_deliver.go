package feed

import (
	"strconv"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// deliverBy delivers a message by the policy of its channel, or to a session that holds something.
func (s *Session) deliverBy(m *hub.Message) hub.Outcome {
	if sl := s.slowed(); sl != nil {
		if h := sl.find(m.Channel); h != nil {
			return h.deliver(m)
		}
	}
	o := s.sendAs(m, m.Frame(s.feed.message))
	if o == engine.Dropped {
		return s.lose(m)
	}
	return hub.Outcome(o)
}

// lose begins to hold, with m, which found no room.
func (s *Session) lose(m *hub.Message) hub.Outcome {
	h := s.holdFor(m.Channel, m.Options)
	h.Take(m)
	return h.refused(m)
}

// refused holds m, which found no room.
func (h *held) refused(m *hub.Message) hub.Outcome {
	h.Keep(m)
	if h.Drops() {
		return hub.Dropped
	}
	return hub.Queued
}

// deliver delivers a message of a channel that has a hold.
func (h *held) deliver(m *hub.Message) hub.Outcome {
	sp, verdict := h.Take(m)
	switch verdict {
	case hub.Kept:
		return hub.Queued
	case hub.Past:
		return hub.Sent
	}
	switch o := h.send(m, sp); o {
	case engine.Closed:
		return hub.Closed
	case engine.Dropped:
		return h.refused(m)
	default:
		return hub.Outcome(o)
	}
}

// send sends what sp accounts for, and notes that if it was accepted. m is nil if it is the account alone.
func (h *held) send(m *hub.Message, sp hub.Span) engine.Outcome {
	s := h.session
	var o engine.Outcome
	if m == nil {
		o = s.conn.SendUnder(engine.PolicyRefuse, frame.NewMessage(s.feed.write(nil, appendDropped(nil, h.channel, sp))))
	} else {
		o = s.sendAs(m, h.frame(m, sp))
	}
	if o != engine.Dropped && o != engine.Closed {
		h.sent(m, sp)
		h.letGo()
	}
	return o
}

// frame returns m as it is sent for sp.
func (h *held) frame(m *hub.Message, sp hub.Span) *frame.Message {
	e := h.session.feed.message
	if sp.Others(true) == m.Lost { // that is in the frame which all get
		return m.Frame(e)
	}
	return h.session.slowed().in.frame(e, m, sp)
}

// sent notes that what sp accounts for is on its way.
func (h *held) sent(m *hub.Message, sp hub.Span) {
	f := h.session.feed
	if n := sp.Others(m != nil); n == 0 {
	} else if !sp.Dropped {
		f.conflated.Add(n)
	} else if !h.Drops() {
		f.overflowed.Add(n)
	}
	h.Sent(m, sp)
}

// letGo ends h if the session can do without it.
func (h *held) letGo() {
	if h.Spare() {
		h.session.letGo(h)
	}
}

// round sends what is left of the round under way, or a new one. room is false if the socket was full before its end.
func (h *held) round() (sent int, room bool) {
	for {
		m, sp, ok := h.Next()
		switch {
		case !ok:
			return sent, true
		case h.InRound():
			n := h.offer()
			if sent += n; n == 0 {
				return sent, false
			}
		default:
			if o := h.send(m, sp); o == engine.Dropped || o == engine.Closed {
				return sent, false
			}
			sent++
		}
		if !h.InRound() {
			return sent, true
		}
	}
}

// offerBytes is about what a slow client takes at a time; what it does not take was looked at in vain.
const offerBytes = 32 << 10

// offer sends messages of the round under way, as many as the socket takes and offerBytes has room for.
func (h *held) offer() (sent int) {
	in := h.session.slowed().in
	for size := 0; size < offerBytes; {
		m, sp, ok := h.Ahead(len(in.offered))
		if !ok {
			break
		}
		f := h.frame(m, sp)
		size += f.Len()
		in.offered = append(in.offered, f)
	}
	sent = h.session.conn.Offer(in.offered)
	clear(in.offered)
	in.offered = in.offered[:0]
	for range sent {
		m, sp, _ := h.Ahead(0)
		h.sent(m, sp)
	}
	h.letGo()
	return sent
}

// flush sends what h may be sent now; it is for windows that are over, and rates that have changed.
func (h *held) flush() (sent int) {
	sl := h.session.slowed()
	if sl.flushing {
		return 0
	}
	sl.flushing = true
	for n, room := 1, true; n > 0 && room; sent += n {
		n, room = h.round()
	}
	sl.flushing = false
	h.session.lighten()
	return sent
}

// Drain is for engine.Handler.Drain: the client can take more, and gets what was held.
func (f *Feed) Drain(c *engine.Conn) {
	s, ok := c.User().(*Session)
	if !ok {
		return
	}
	sl := s.slowed()
	if sl == nil {
		return
	}
	sl.queued = false
	switch {
	case sl.flushing: // which goes on by itself
	case len(sl.list) == 0:
		s.lighten()
	case sl.in.spent < drainBudget:
		sl.in.spent += s.serve(sl)
	case !sl.waits:
		sl.waits = true
		sl.in.later(s)
	}
}

// serve sends what is held, as far as there is room.
func (s *Session) serve(sl *slow) (sent int) {
	sl.flushing = true
	sent = sl.serve()
	sl.flushing = false
	s.lighten()
	return sent
}

// serve lets the channels take turns, a round each, until nothing is held or there is no more room. The one that found none is the
// first next time.
func (sl *slow) serve() (total int) {
	for idle := 0; idle < len(sl.list); {
		if sl.next >= len(sl.list) {
			sl.next = 0
		}
		h := sl.list[sl.next]
		sent, room := h.round()
		if total += sent; !room {
			return total
		}
		if sl.next < len(sl.list) && sl.list[sl.next] == h { // else it is gone, and another in its place
			sl.next++
		}
		if idle++; sent > 0 {
			idle = 0
		}
	}
	return total
}

// appendDropped accounts for numbers that no message comes for.
func appendDropped(dst []byte, channel string, sp hub.Span) []byte {
	dst = appendField(dst, `{"type":"dropped","channel":"`, channel)
	dst = append(dst, `,"from":`...)
	dst = strconv.AppendUint(dst, sp.From, 10)
	dst = append(dst, `,"seq":`...)
	dst = strconv.AppendUint(dst, sp.Seq, 10)
	return append(dst, '}')
}
