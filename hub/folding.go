package hub

import (
	"fmt"
	"log/slog"
	"slices"
)

const (
	// A publisher works for others for so many rounds; when so many messages wait for the fold, publishers wait too.
	maxRounds = 4
	maxTodo   = 1024
)

// catchUp brings the fold up to date, unless another publisher is at it, who will then do it for this one too. No publisher is kept at it
// for long, so a little may be left to the next one: a newcomer then gets it behind the state. Where publishers are faster than
// the fold, they go at its pace. It is called under no lock.
//
// A client that publishes does this on its own loop. A depth message of the recorded day costs it 18 us, and 2 us more with all else that Publish
// does, the state that is written anew every 128 messages included (BenchmarkUpdate and BenchmarkPublish in hub/feed/book): not enough to be
// worth a goroutine for each channel, and a publish that is answered before it is folded.
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
	if len(batch) == 0 || !due {
		return
	}
	whole, ok := f.snapshot(batch[len(batch)-1])
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case slices.ContainsFunc(f.todo, (*Message).breaks): // the state is out of date already
	case ok:
		f.begin(whole, slices.Clone(f.todo))
	case f.raw != nil && !slices.Contains(f.todo, f.raw): // the fold can do nothing with it
		f.whole, f.raw = nil, nil
	}
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

// snapshot makes a message of the fold's state, at the place of the last one that it holds; ok is false if there is none.
func (f *folded) snapshot(last *Message) (whole *Message, ok bool) {
	if !f.usable {
		return nil, false
	}
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
