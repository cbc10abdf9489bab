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

	// Snapshot is the channel's state at Position, by ChannelOptions.Snapshot. It is empty if there is none, and if
	// Recovered. The slice is shared and must not be changed.
	Snapshot []*Message

	// Replay are the messages after Position that were published before the member came in. The hub does not deliver them:
	// that is up to the func which is told, before it returns.
	Replay []*Message
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
