package hub

import "slices"

// pending is the latest message of each key of a channel, in the order of their numbers, complete for the messages from first to last. What
// a member that was sent everything up to N has yet to get is the part of it above N, so one serves all members
// on a loop that hold the channel, however far behind each is: a message costs them together what it would cost one.
type pending struct {
	in      *Holds
	channel string
	epoch   string

	first, last uint64
	lost        uint64 // of what had to make room for newer keys, the last number
	most        int    // keys

	head, tail *node
	n          int
	keys       map[string]*node // nil while there are few
	gap        uint64           // node.gap of the next message, which is about to come
	spare      *node            // one that is not in use, for the next key

	holders []*Hold
	trimAt  int // n at which is looked for what nobody needs any more

	shared      []*Message // the last answer of from
	sharedGaps  []uint64
	sharedAfter uint64
	sharedLast  uint64
}

type node struct {
	m          *Message
	prev, next *node
	gap        uint64 // the last number between prev's and its own of a message with Message.Gap, which is not here any more; 0: none
}

const (
	// fewKeys are found faster by looking at each than by a map, which costs 50 bytes a key besides.
	fewKeys = 4
	// trimFrom is the smallest number of keys for which it pays to look for what nobody needs.
	trimFrom = 64
)

// covers reports whether a member that lacks m and what follows finds all of that here, once m is added.
func (p *pending) covers(m *Message) bool {
	return p.epoch == m.Epoch && p.first <= m.Seq && m.Seq <= p.last+1
}

// add takes m in, unless one of the holders has offered it before.
func (p *pending) add(m *Message) {
	if m.Seq <= p.last {
		return
	}
	if m.Lost > 0 {
		p.lost = m.Seq - 1
	}
	p.last = m.Seq
	if m.Snapshot {
		p.supersede()
	}
	n := p.find(m.Key)
	if n != nil {
		if n == p.tail {
			if n.m.Gap {
				n.gap = n.m.Seq
			}
			n.m = m
			return
		}
		p.unlink(n)
		n.m = m
		p.link(n)
		return
	}
	if p.n >= p.most {
		p.lost = max(p.lost, p.head.m.Seq)
		p.remove(p.head)
	}
	if n = p.spare; n != nil {
		p.spare, n.m = nil, m
	} else {
		n = &node{m: m}
	}
	p.link(n)
	p.n++
	p.in.kept++
	p.index(n)
	if p.n >= p.trimAt {
		p.trim()
	}
}

// supersede lets go of everything, for a whole state that is about to come: it takes the place of the values of all keys.
func (p *pending) supersede() {
	for p.head != nil {
		p.remove(p.head)
	}
}

// find returns the node that a message of key takes the place of; nil: there is none. A whole state is never it: its own key is not all that it
// has changed.
func (p *pending) find(key string) *node {
	if p.keys != nil {
		return p.keys[key]
	}
	for n := p.tail; n != nil; n = n.prev {
		if n.m.Key == key && !n.m.Snapshot {
			return n
		}
	}
	return nil
}

func (p *pending) index(n *node) {
	switch {
	case n.m.Snapshot:
	case p.keys != nil:
		p.keys[n.m.Key] = n
	case p.n > fewKeys:
		p.keys = make(map[string]*node, 2*p.n)
		for x := p.head; x != nil; x = x.next {
			if !x.m.Snapshot {
				p.keys[x.m.Key] = x
			}
		}
	}
}

// lastGap returns the number of the last message up to n's that had Message.Gap and came behind the one before n; 0: none had.
func (n *node) lastGap() uint64 {
	if n.m.Gap {
		return n.m.Seq
	}
	return n.gap
}

func (p *pending) link(n *node) {
	n.prev, n.next, n.gap = p.tail, nil, p.gap
	p.gap = 0
	if p.tail == nil {
		p.head = n
	} else {
		p.tail.next = n
	}
	p.tail = n
}

// unlink takes n out. What it knew of gaps the message behind it has to tell.
func (p *pending) unlink(n *node) {
	if n.prev == nil {
		p.head = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		p.tail = n.prev
		p.gap = max(p.gap, n.lastGap())
	} else {
		n.next.prev = n.prev
		n.next.gap = max(n.next.gap, n.lastGap())
	}
}

func (p *pending) remove(n *node) {
	p.unlink(n)
	if p.keys[n.m.Key] == n {
		delete(p.keys, n.m.Key)
	}
	p.n--
	p.in.kept--
	*n = node{}
	p.spare = n
}

func (p *pending) clear() {
	p.in.kept -= int64(p.n)
	p.head, p.tail, p.n, p.keys = nil, nil, 0, nil
}

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
