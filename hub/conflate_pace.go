package hub

import "slices"

// MinRate and MaxRate bound the rate, in rounds a second, that a [Hold] can be limited to.
const MinRate, MaxRate = 0.01, 250

// pace is the windows of all members on a loop with the same rate. They end together: members that get the same rounds of the same
// channels then get the same frames, and the loop has one moment to watch.
type pace struct {
	hz      float64
	period  int64 // ns
	line    int64 // when the windows that are closed now end
	closed  []*Hold
	members int
}

// tickBudget bounds the messages that one Tick sends; who is left waits for the next.
const tickBudget = 8192

// Limit has at most hz rounds a second begin, so that is how often a key is sent. 0: no limit. What is held may then be due: see Next.
func (h *Hold) Limit(hz float64) {
	if h.pace != nil {
		h.open()
		p := h.pace
		h.pace = nil
		if p.members--; p.members == 0 {
			delete(h.in.paces, p.period)
		}
	}
	if hz <= 0 {
		return
	}
	hz = min(max(hz, MinRate), MaxRate)
	period := int64(1e9 / hz)
	p := h.in.paces[period]
	if p == nil {
		p = &pace{hz: hz, period: period}
		h.in.paces[period] = p
	}
	p.members++
	h.pace = p
}

// MaxHz returns the limit; 0: none.
func (h *Hold) MaxHz() float64 {
	if h.pace == nil {
		return 0
	}
	return h.pace.hz
}

// shut closes the window: something was sent, and the next round has to wait.
func (h *Hold) shut() {
	p := h.pace
	if p == nil || h.closed {
		return
	}
	if h.due { // a round that began on its own, when the socket had room again
		h.in.due[h.slot] = nil
		h.due = false
	}
	if len(p.closed) == 0 {
		if now := h.in.now(); p.line <= now {
			p.line = now + p.period
		}
		h.in.active = append(h.in.active, p)
		h.in.wake(p.line)
	}
	h.closed, h.slot = true, len(p.closed)
	p.closed = append(p.closed, h)
}

// open ends the window out of turn.
func (h *Hold) open() {
	p := h.pace
	switch {
	case h.due:
		h.in.due[h.slot] = nil
		h.due = false
	case h.closed:
		h.closed = false
		last := len(p.closed) - 1
		p.closed[h.slot] = p.closed[last]
		p.closed[h.slot].slot = h.slot
		p.closed[last] = nil
		p.closed = p.closed[:last]
		if last == 0 {
			h.in.active = slices.DeleteFunc(h.in.active, func(x *pace) bool { return x == p })
		}
	}
}

// Tick opens the windows that are over. flush is called for each member that holds something then: it is to send what Next returns, and
// returns how many messages that were.
func (s *Holds) Tick(flush func(*Hold) int) {
	if len(s.active) == 0 && len(s.due) == 0 {
		return
	}
	now := s.now()
	active := s.active
	s.active = nil
	for _, p := range active {
		if p.line > now {
			s.active = append(s.active, p)
			s.wake(p.line)
			continue
		}
		for _, h := range p.closed {
			h.closed, h.due, h.slot = false, true, len(s.due)
			s.due = append(s.due, h)
		}
		clear(p.closed)
		p.closed = p.closed[:0]
		p.line += (now-p.line)/p.period*p.period + p.period
	}
	s.turns(flush)
}

// turns lets those whose windows are over begin their rounds, as many as fit into a tick.
func (s *Holds) turns(flush func(*Hold) int) {
	at := 0
	for budget := s.budget; at < len(s.due) && budget > 0; at++ {
		h := s.due[at]
		budget--
		if h == nil {
			continue
		}
		s.due[at], h.due = nil, false
		if h.last < h.seen {
			budget -= flush(h)
		}
	}
	if at == len(s.due) {
		if s.due = s.due[:0]; cap(s.due) > 4*tickBudget {
			s.due = nil
		}
		return
	}
	s.due = slices.Delete(s.due, 0, at)
	for i, h := range s.due {
		if h != nil {
			h.slot = i
		}
	}
	s.wake(s.now())
}
