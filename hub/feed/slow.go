package feed

import (
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/internal/policy"
)

// slow is what a session has while it holds something: because its client reads too slowly, or because it asked for
// a rate. Most sessions never have one.
type slow struct {
	in       *slowLoop
	list     []*held
	named    map[string]*held // by channel; nil while list is short
	next     int              // whose turn it is when there is room again
	flushing bool             // what is sent now may find the socket empty and call Drain
	waits    bool             // there is room, and others come first; see slowLoop.later
	queued   bool             // what must not be left out went past the high watermark, and Drain has not come
}

// held is one channel of it. The hub.Hold's Owner is its held.
type held struct {
	*hub.Hold
	session *Session
	channel string
	place   int // in slow.list
}

// fewHeld channels are found faster by looking at each than in a map.
const fewHeld = 4

func (sl *slow) find(channel string) *held {
	if sl.named != nil {
		return sl.named[channel]
	}
	for _, h := range sl.list {
		if h.channel == channel {
			return h
		}
	}
	return nil
}

// slowed returns what s holds, nil if it holds nothing.
func (s *Session) slowed() *slow {
	if s.rare == nil || s.rare.passing == nil {
		return nil
	}
	return s.rare.passing.slow
}

// slower returns it, new if need be.
func (s *Session) slower() *slow {
	p := s.pass()
	if p.slow == nil {
		p.slow = new(slow)
	}
	return p.slow
}

// holdFor gives s a hold of channel.
func (s *Session) holdFor(channel string, o *hub.ChannelOptions) *held {
	sl := s.slower()
	sl.in = s.feed.slowOn(s.conn.Loop())
	h := &held{session: s, channel: channel, place: len(sl.list)}
	if o.Slow == hub.SlowConflate {
		h.Hold = sl.in.holds.Conflate()
	} else {
		h.Hold = sl.in.holds.Drop()
	}
	h.Owner = h
	sl.list = append(sl.list, h)
	switch {
	case sl.named != nil:
		sl.named[channel] = h
	case len(sl.list) > fewHeld:
		sl.named = make(map[string]*held, 2*len(sl.list))
		for _, x := range sl.list {
			sl.named[x.channel] = x
		}
	}
	return h
}

// letGo ends a hold; what it still holds is gone with it.
func (s *Session) letGo(h *held) {
	sl := s.slowed()
	h.Close()
	last := len(sl.list) - 1
	sl.list[h.place] = sl.list[last]
	sl.list[h.place].place = h.place
	sl.list[last] = nil
	sl.list = sl.list[:last]
	delete(sl.named, h.channel)
	if last == 0 {
		sl.named = nil
	}
	s.feed.slowLeft(s.conn.Loop(), sl.in)
	s.lighten()
}

// forget ends the hold of a channel that the session leaves, or enters anew.
func (s *Session) forget(channel string) {
	if sl := s.slowed(); sl != nil {
		if h := sl.find(channel); h != nil {
			s.letGo(h)
		}
	}
}

// forgetAll is forget for a session that ends.
func (s *Session) forgetAll() {
	if sl := s.slowed(); sl != nil {
		sl.queued, sl.waits = false, false
		for len(sl.list) > 0 {
			s.letGo(sl.list[len(sl.list)-1])
		}
		s.lighten()
	}
}

// idle reports whether the session can do without it.
func (sl *slow) idle() bool { return len(sl.list) == 0 && !sl.queued && !sl.flushing && !sl.waits }

// queue sends what must not be left out, past the high watermark if need be, up to the hard limit.
func (s *Session) queue(f *frame.Message) engine.Outcome {
	o := s.conn.SendUnder(engine.PolicyQueue, f)
	if o != engine.Closed && s.conn.Congested() {
		s.slower().queued = true
	}
	return o
}

// sendAs sends a frame of m under the policy of m's channel.
func (s *Session) sendAs(m *hub.Message, f *frame.Message) engine.Outcome {
	if m.Options.Slow == hub.SlowLossless {
		return s.queue(f)
	}
	return policy.Send(s.conn, m.Options.Slow, f)
}
