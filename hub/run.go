package hub

import "github.com/weir-ws/weir/frame"

// Run is messages that follow one another in one channel, as the members on one loop get them. It is for use
// inside [RunMember].DeliverRun only.
type Run struct {
	items []item
	made  []encodedRun // one per Encoding asked for; few

	outcome Outcome // of each message for the member that has just taken them; Sent unless it says otherwise
}

type encodedRun struct {
	enc    Encoding
	frames *frame.Run
}

// Len returns the number of messages, which is at least 2.
func (r *Run) Len() int { return len(r.items) }

// Channel returns the name of the messages' channel.
func (r *Run) Channel() string { return r.items[0].msg.Channel }

// Snapshots reports whether one of the messages is a whole state.
func (r *Run) Snapshots() bool {
	for i := range r.items {
		if r.items[i].msg.Snapshot {
			return true
		}
	}
	return false
}

// Frames returns the messages as enc writes them: the same pointer for every member that asks with the same enc,
// so that engine.Conn.SendRun has work to do for the first of them only.
func (r *Run) Frames(enc Encoding) *frame.Run {
	for i := range r.made {
		if r.made[i].enc == enc {
			return r.made[i].frames
		}
	}
	messages := make([]*frame.Message, len(r.items))
	for i := range r.items {
		messages[i] = r.items[i].msg.Frame(enc)
	}
	f := frame.NewRun(messages)
	r.made = append(r.made, encodedRun{enc, f})
	return f
}

// set makes it the run of items, which the lane keeps until the run is over.
func (r *Run) set(items []item) {
	r.items = items
	clear(r.made)
	r.made = r.made[:0]
}
