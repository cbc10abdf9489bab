package hub

import "slices"

// trim removes what all holders have in a round already, or were sent. It is called again when the rest has doubled, so that it costs
// a message nothing to speak of.
func (p *pending) trim() {
	needed := p.last
	for _, h := range p.holders {
		needed = min(needed, h.upTo)
	}
	for p.head != p.tail && p.head.m.Seq <= needed {
		p.first = max(p.first, p.head.m.Seq+1)
		p.remove(p.head)
	}
	p.trimAt = max(p.in.trimFrom, 2*p.n)
}

// from returns the messages above seq, in order, and in order the numbers of messages with a gap which others stand for: the last one that each
// stands for. The slices are shared by all who ask with the same number before the next message, as members with the same rate do.
func (p *pending) from(seq uint64) (list []*Message, gaps []uint64) {
	if p.shared != nil && p.sharedAfter == seq && p.sharedLast == p.last {
		return p.shared, p.sharedGaps
	}
	count, n := 0, p.tail
	for ; n != nil && n.m.Seq > seq; n = n.prev {
		count++
		if n.gap > seq {
			gaps = append(gaps, n.gap)
		}
	}
	slices.Reverse(gaps)
	list = make([]*Message, count)
	for n = p.tail; count > 0; n = n.prev {
		count--
		list[count] = n.m
	}
	p.shared, p.sharedGaps, p.sharedAfter, p.sharedLast = list, gaps, seq, p.last
	return list, gaps
}

// attach makes h a holder of a log that has m and everything behind it.
func (h *Hold) attach(m *Message) {
	p := h.in.pending(m)
	h.log, h.spot = p, len(p.holders)
	p.holders = append(p.holders, h)
	h.upTo = max(h.upTo, m.Seq-1)
	p.add(m)
}

// detach ends that. The last holder takes the log along.
func (h *Hold) detach() {
	p := h.log
	if p == nil {
		return
	}
	h.log = nil
	last := len(p.holders) - 1
	p.holders[h.spot] = p.holders[last]
	p.holders[h.spot].spot = h.spot
	p.holders[last] = nil
	p.holders = p.holders[:last]
	if last > 0 {
		return
	}
	p.clear()
	rest := slices.DeleteFunc(h.in.logs[p.channel], func(x *pending) bool { return x == p })
	if len(rest) > 0 {
		h.in.logs[p.channel] = rest
	} else {
		delete(h.in.logs, p.channel)
	}
}
