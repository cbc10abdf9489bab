package hub

import (
	"slices"
	"sync"
)

const (
	// maxTail and minTailBytes are when the state of a channel is made anew: a newcomer is sent the messages behind it one by one, which is
	// cheap for a few, and to make a state costs as much as a few dozen messages.
	maxTail      = 128
	minTailBytes = 64 << 10
	// Without a Fold that works, only the publisher ends a tail, and it may never do so.
	maxTailEver      = 4096
	maxTailEverBytes = 4 << 20
)

// folded is the state of a channel with SnapshotFold. Newcomers are shown a message with the whole state at some point, and all messages
// behind it. The state is made by publishers, in order, outside of the room's lock: each leaves its message in todo, and one of them works
// through it.
//
// A snapshot that a publisher sends is for the fold: it may be older than differences that came before it, which the fold has and a newcomer has
// not. Until the fold has taken it in, a newcomer is shown what one was shown who came before it.
type folded struct {
	whole     *Message   // nil: there is no state
	tail      []*Message // all that came after whole; without one, the last that came, for a snapshot that may be on its way
	tailBytes int
	raw       *Message   // the last one of tail, or whole, that is a publisher's snapshot and not yet in fold; nil: there is none
	todo      []*Message // not yet in fold

	folding sync.Mutex // held while fold is worked with; taken before the room's lock
	fold    Fold       // nil: only publishers make states
	usable  bool       // fold has a state that nothing is missing from
}

func newFolded(o *ChannelOptions) *folded {
	f := &folded{}
	if o.Fold != nil {
		f.fold = o.Fold()
		f.usable = true
	}
	return f
}

// add takes in the next message, under the room's lock.
func (f *folded) add(m *Message) {
	if f.fold == nil {
		f.addUnfolded(m)
		return
	}
	f.todo = append(f.todo, m)
	if m.breaks() {
		f.begin(nil, nil)
	}
	if m.Snapshot {
		f.raw = m
		if m.breaks() { // nothing before it has to do with it
			f.whole = m
			return
		}
	}
	f.keep(m)
}

// addUnfolded is add where only publishers make states.
func (f *folded) addUnfolded(m *Message) {
	switch {
	case m.Snapshot:
		f.begin(m, nil)
	case m.breaks():
		f.begin(nil, nil)
	case f.whole != nil:
		f.keep(m)
	}
}

// keep puts m behind the others.
func (f *folded) keep(m *Message) {
	f.tail = append(f.tail, m)
	f.tailBytes += len(m.Data)
	switch n := len(f.tail); {
	case f.whole == nil && f.raw == nil:
		if n >= 2*maxTail || f.tailBytes > maxTailEverBytes {
			f.begin(nil, slices.Clone(f.tail[n/2:]))
			f.raw = nil // one that the fold could do nothing with
		}
	case n > maxTailEver || f.tailBytes > maxTailEverBytes:
		f.begin(nil, nil)
	}
}

// breaks tells whether something is missing before m, so that a state cannot be carried on.
func (m *Message) breaks() bool { return m.Gap || m.Lost > 0 || m.Renewed }

func (f *folded) begin(whole *Message, tail []*Message) {
	f.whole, f.tail, f.tailBytes, f.raw = whole, tail, 0, nil
	for _, m := range tail {
		f.tailBytes += len(m.Data)
		if m.Snapshot {
			f.raw = m
		}
	}
}

func (f *folded) show(j *Joined) {
	switch {
	case f.whole != nil:
		j.Position = f.whole.Position
		j.Snapshot = []*Message{f.whole}
	case f.raw != nil:
		first := f.tail[0]
		j.Position = Position{Epoch: first.Epoch, Seq: first.Seq - 1 - first.Lost}
	default:
		return
	}
	j.Replay = slices.Clone(f.tail)
}

// due tells whether a state should be made of what fold has.
func (f *folded) due() bool {
	return f.whole == nil || f.raw != nil || len(f.tail) >= maxTail || f.tailBytes >= max(minTailBytes, len(f.whole.Data))
}
