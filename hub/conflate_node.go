package hub

// node is a message in its place among those that are pending.
type node struct {
	m          *Message
	prev, next *node
	gap        uint64 // the last number between prev's and its own of a message with Message.Gap, which is not here any more; 0: none
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
