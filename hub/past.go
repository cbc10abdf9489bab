package hub

import "math/bits"

// past is what a channel keeps of its messages: the newest for members that resume, and a state for newcomers.
type past struct {
	history ring

	// One of these, by ChannelOptions.Snapshot.
	last   *Message
	latest *latest
	folded *folded
}

const (
	defaultHistoryBytes = 1 << 20
	defaultMaxKeys      = 1 << 16
)

// noOptions is what channels share that have none.
var noOptions = new(ChannelOptions)

// optionsOf asks what channel is for. It returns no past for a channel that keeps nothing.
func (h *Hub) optionsOf(channel string) (*ChannelOptions, *past) {
	o := noOptions
	if h.cfg.Options != nil {
		if given := h.cfg.Options(channel); given != nil {
			o = given
		}
	}
	if o.History.Count <= 0 && o.Snapshot == SnapshotNone {
		return o, nil
	}
	p := &past{history: ring{ages: o.History.Count > 0 && o.History.Age > 0}}
	switch o.Snapshot {
	case SnapshotPerKey:
		p.latest = newLatest(limit(o.MaxKeys, defaultMaxKeys))
	case SnapshotFold:
		p.folded = newFolded(o)
	}
	return o, p
}

// ages tells whether messages go because of their age, so that somebody must look after it.
func (p *past) ages() bool { return p != nil && p.history.ages }

// add takes in the channel's next message, under the room's lock.
func (p *past) add(m *Message) {
	o := m.Options
	if m.Lost > 0 || m.Renewed { // what was kept does not lead up to m
		p.history.clear()
	}
	if o.History.Count > 0 {
		if p.history.n == o.History.Count {
			p.history.pop()
		}
		p.history.push(m)
		p.history.trim(o.History, m.Recv)
	}
	switch {
	case p.latest != nil:
		if m.Snapshot || m.Renewed {
			p.latest.clear()
		}
		p.latest.set(m)
	case p.folded != nil:
		p.folded.add(m)
	case o.Snapshot == SnapshotLast:
		p.last = m
	}
}

// show is what a newcomer is shown; j.Position is the channel's.
func (p *past) show(j *Joined) {
	switch {
	case p.latest != nil:
		j.Snapshot = p.latest.all()
	case p.folded != nil:
		p.folded.show(j)
	case p.last != nil:
		j.Snapshot = []*Message{p.last}
	}
}

// ring is the newest messages in a row. It grows with what is in it, up to the channel's History.Count.
type ring struct {
	slots []*Message // a power of two of them
	first int        // of the oldest
	n     int
	bytes int // of data
	ages  bool
}

func (q *ring) at(i int) *Message { return q.slots[(q.first+i)&(len(q.slots)-1)] }

func (q *ring) push(m *Message) {
	if q.n == len(q.slots) {
		q.resize(max(4, 2*len(q.slots)))
	}
	q.slots[(q.first+q.n)&(len(q.slots)-1)] = m
	q.n++
	q.bytes += len(m.Data)
}

func (q *ring) pop() {
	q.bytes -= len(q.at(0).Data)
	q.slots[q.first] = nil
	q.first = (q.first + 1) & (len(q.slots) - 1)
	q.n--
}

// trim keeps within the bounds; now is in ns since 1970.
func (q *ring) trim(h History, now int64) {
	most := limit(h.Bytes, defaultHistoryBytes)
	oldest := now - int64(h.Age)
	for q.n > 0 && (q.n > h.Count || q.bytes > most || h.Age > 0 && q.at(0).Recv < oldest) {
		q.pop()
	}
	if q.n == 0 {
		q.slots, q.first = nil, 0
	} else if fit := 1 << bits.Len(uint(q.n)); len(q.slots) >= 64 && fit <= len(q.slots)/4 {
		q.resize(fit)
	}
}

func (q *ring) resize(size int) {
	slots := make([]*Message, size)
	for i := range q.n {
		slots[i] = q.at(i)
	}
	q.slots, q.first = slots, 0
}

func (q *ring) clear() { *q = ring{ages: q.ages} }

// after returns the messages behind seq, which is below the channel's; ok is false if one of them is not there any more, or if they have more
// than most bytes.
func (q *ring) after(seq uint64, most int) (replay []*Message, ok bool) {
	if q.n == 0 || q.at(0).Seq > seq+1 {
		return nil, false
	}
	skip := int(seq + 1 - q.at(0).Seq)
	replay = make([]*Message, 0, q.n-skip)
	bytes := 0
	for i := skip; i < q.n; i++ {
		m := q.at(i)
		if bytes += len(m.Data); bytes > most {
			return nil, false
		}
		replay = append(replay, m)
	}
	return replay, true
}
