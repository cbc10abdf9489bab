package hub

import "math"

// Joined is where a member has come in, and what it is to be shown of the time before. What follows is delivered to it from then on:
// the message after Position is the first of Replay, or, if that is empty, the first one that is delivered.
type Joined struct {
	Position

	// Options are the channel's, never nil.
	Options *ChannelOptions

	// Resumed says that JoinOptions.Since was given, Recovered that Position is Since: everything behind it follows.
	Resumed, Recovered bool

	// Again says that the member was in already, because of a pattern, which has been told.
	Again bool

	// Snapshot is the channel's state at Position, by ChannelOptions.Snapshot. It is empty if there is none, and if
	// Recovered. The slice is shared and must not be changed.
	Snapshot []*Message

	// Replay are the messages after Position that were published before the member came in. The hub does not deliver them:
	// that is up to the func which is told, before it returns.
	Replay []*Message

	newcomer *Joined // nil: as there is no snapshot, Newcomer can be made of the rest
}

// Newcomer returns what the member would be shown at the same moment if it had given no JoinOptions.Since. A member that finds
// that it cannot take the whole Replay goes by that instead, and is not recovered: what is delivered afterwards follows either.
func (j *Joined) Newcomer() Joined {
	n := Joined{Position: j.Position, Options: j.Options, Snapshot: j.Snapshot, Replay: j.Replay}
	switch last := len(j.Replay) - 1; {
	case !j.Recovered:
	case j.newcomer != nil:
		n = *j.newcomer
	case last >= 0:
		n.Position, n.Replay = j.Replay[last].Position, nil
	}
	n.Resumed, n.Again = j.Resumed, j.Again
	return n
}

// wish is what a join asks for, kept until its place in the channel's order is known.
type wish struct {
	since     *Position
	maxReplay int
}

// show captures what a member that comes in now is told, under r.mu.
func (r *room) show(w wish) Joined {
	j := Joined{Position: r.position(), Options: r.opts, Resumed: w.since != nil}
	if w.since != nil {
		if replay, ok := r.resume(*w.since, limit(w.maxReplay, math.MaxInt)); ok {
			if len(replay) > 0 && r.opts.Snapshot != SnapshotNone {
				n := j
				r.past.show(&n)
				j.newcomer = &n
			}
			j.Position, j.Replay, j.Recovered = *w.since, replay, true
			return j
		}
	}
	if r.past != nil {
		r.past.show(&j)
	}
	return j
}

// resume returns the messages after since; ok is false if they are not all there.
func (r *room) resume(since Position, most int) (replay []*Message, ok bool) {
	switch {
	case since.Epoch != r.epoch || since.Seq > r.seq:
		return nil, false
	case since.Seq == r.seq: // nothing was missed, whatever is kept
		return nil, true
	case r.past == nil:
		return nil, false
	}
	return r.past.history.after(since.Seq, most)
}
