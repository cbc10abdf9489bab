package hub

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
