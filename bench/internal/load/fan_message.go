package load

import "encoding/binary"

// order is a subscriber whose channels have overtaken one another, which they may.
type order struct {
	base uint64   // everything before it has come
	next []uint64 // by channel
	high uint64   // the next after the highest that has come
	came uint64   // messages since base
}

func newOrder(base uint64, channels int) *order {
	o := &order{base: base, high: base, next: make([]uint64, channels)}
	for k := range o.next {
		seq := base + uint64(k)
		o.next[seq%uint64(channels)] = seq
	}
	return o
}

// message verifies one parsed message of a subscriber.
func (f *fan) message(i int, payload []byte) error {
	s := &f.subs[i]
	if f.muster != nil {
		return f.mustered(i, payload)
	}
	if s.stalled {
		return f.stalledMessage(i, payload)
	}
	if o := s.strict.order; o != nil {
		return f.ofChannel(i, o, payload)
	}
	if f.right(s.seq, payload) {
		s.seq++
		return f.delivered(i, s.seq-1, s.seq)
	}
	if f.plan.Channels > 1 {
		return f.ofChannel(i, newOrder(s.seq, f.plan.Channels), payload)
	}
	return f.diagnose(finding{conn: i, fd: int(s.fd), parser: &s.strict.parser, want: s.seq, sent: f.stream.sent()}, payload)
}

// right reports whether payload is the message as it was sent.
func (f *fan) right(seq uint64, payload []byte) bool {
	off := int64(seq)*f.stream.wire + int64(len(f.head))
	return len(payload) == f.size && seq < f.stream.sent() && f.stream.has(off, payload)
}

// ofChannel verifies a message by the order of its own channel alone.
func (f *fan) ofChannel(i int, o *order, payload []byte) error {
	s := &f.subs[i]
	want := s.seq
	if len(payload) == f.size {
		want = o.next[binary.LittleEndian.Uint64(payload)%uint64(len(o.next))]
	}
	if !f.right(want, payload) {
		return f.diagnose(finding{conn: i, fd: int(s.fd), parser: &s.strict.parser, want: want, sent: f.stream.sent()}, payload)
	}
	s.strict.order = o
	o.next[want%uint64(len(o.next))] += uint64(len(o.next))
	o.came++
	o.high = max(o.high, want+1)
	if o.base+o.came == o.high {
		s.seq, s.strict.order = o.high, nil
	}
	return f.delivered(i, want, want+1)
}
