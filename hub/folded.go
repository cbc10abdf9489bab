package hub

import (
	"fmt"
	"log/slog"
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
	// A publisher works for others for so many rounds; when so many messages wait for the fold, publishers wait too.
	maxRounds = 4
	maxTodo   = 1024
)

// folded is the state of a channel with SnapshotFold. Newcomers are shown a message with the whole state at some point, and all messages
// behind it. The state is made by publishers, in order, outside of the room's lock: each leaves its message in todo, and one of them works
// through it.
type folded struct {
	whole     *Message   // nil: there is no state
	tail      []*Message // all that came after whole
	tailBytes int
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
	switch {
	case m.Snapshot:
		f.begin(m, nil)
	case m.breaks():
		f.begin(nil, nil)
	case f.whole != nil:
		f.tail = append(f.tail, m)
		f.tailBytes += len(m.Data)
		if len(f.tail) > maxTailEver || f.tailBytes > maxTailEverBytes {
			f.begin(nil, nil)
		}
	}
	if f.fold != nil {
		f.todo = append(f.todo, m)
	}
}

// breaks tells whether something is missing before m, so that a state cannot be carried on.
func (m *Message) breaks() bool { return m.Gap || m.Lost > 0 || m.Renewed }

func (f *folded) begin(whole *Message, tail []*Message) {
	f.whole, f.tail, f.tailBytes = whole, tail, 0
	for _, m := range tail {
		f.tailBytes += len(m.Data)
	}
}

func (f *folded) show(j *Joined) {
	if f.whole == nil {
		return
	}
	j.Position = f.whole.Position
	j.Snapshot = []*Message{f.whole}
	j.Replay = slices.Clone(f.tail)
}

// due tells whether a state should be made of what fold has.
func (f *folded) due() bool {
	return f.whole == nil || len(f.tail) >= maxTail || f.tailBytes >= max(minTailBytes, len(f.whole.Data))
}

// catchUp brings the fold up to date, unless another publisher is at it, who will then do it for this one too. No publisher is kept at it
// for long, so a little may be left to the next one: a newcomer then gets it behind the state. Where publishers are faster than
// the fold, they go at its pace. It is called under no lock.
func (r *room) catchUp() {
	f := r.past.folded
	for range maxRounds {
		if !f.folding.TryLock() {
			if r.todo() < maxTodo {
				return
			}
			f.folding.Lock()
		}
		r.foldSome()
		// Whoever came between the last look and the unlocking has found the lock taken.
		if r.todo() == 0 {
			return
		}
	}
}

// todo is the number of messages that wait for the fold.
func (r *room) todo() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.past.folded.todo)
}

// foldSome works through what has come in meanwhile, with the fold locked, and unlocks it.
func (r *room) foldSome() {
	f := r.past.folded
	through := false
	defer func() {
		if !through { // the fold has ended the goroutine, in the middle
			f.usable = false
		}
		f.folding.Unlock()
	}()
	r.mu.Lock()
	batch := f.todo
	f.todo = nil
	due := f.due()
	r.mu.Unlock()
	for _, m := range batch {
		f.take(m)
	}
	through = true
	if len(batch) == 0 || !due || !f.usable {
		return
	}
	last := batch[len(batch)-1]
	whole, ok := f.snapshot(last)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.whole != nil && f.whole.Epoch == last.Epoch && f.whole.Seq > last.Seq || slices.ContainsFunc(f.todo, (*Message).breaks) {
		return // the state is out of date already
	}
	f.begin(whole, slices.Clone(f.todo))
}

// take gives the fold one message.
func (f *folded) take(m *Message) {
	use := f.fold.Apply // when it is not usable too: a fold may keep differences for a snapshot that is on its way
	switch {
	case m.Snapshot:
		use, f.usable = f.fold.Reset, true
	case m.breaks():
		f.usable = false
	}
	if err := guarded(use, m); err != nil && f.usable {
		f.usable = false
		slog.Warn("hub: the state of a channel is lost until its publisher sends a snapshot", "channel", m.Channel, "seq", m.Seq, "err", err)
	}
}

// snapshot makes a message of the fold's state, at the place of the last one that it holds.
func (f *folded) snapshot(last *Message) (whole *Message, ok bool) {
	whole = &Message{
		Channel: last.Channel, Position: last.Position, Op: last.Options.op(), Time: last.Time, Recv: last.Recv, Options: last.Options, Snapshot: true,
	}
	err := guarded(func(*Message) error {
		whole.Data, ok = f.fold.Snapshot(nil)
		return nil
	}, last)
	return whole, ok && err == nil
}

// guarded keeps a fold's panic from the publisher, who has nothing to do with it.
func guarded(f func(*Message) error, m *Message) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("hub: a fold panicked: %v", v)
		}
	}()
	return f(m)
}
