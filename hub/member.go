package hub

// Outcome says what became of a message that was handed to a member. The values are those of
// engine.Outcome.
type Outcome uint8

const (
	Sent    Outcome = iota // on its way
	Queued                 // the member is slow; the message waits
	Dropped                // the member is too slow; it will not get the message
	Closed                 // the member is gone: the hub takes it out of all its channels
)

// String returns the outcome's name in lower case.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

var outcomeNames = [...]string{"sent", "queued", "dropped", "closed"}

// Member is one receiver: a protocol's session over a connection. It belongs to one loop and
// is called there only. It should be a pointer.
type Member interface {
	// Deliver takes a message that must not be changed. It should only append to what the
	// connection will write at the end of the loop's turn, so that a burst costs one write.
	// It may join and leave, for itself and for other members of this loop.
	Deliver(m *Message) Outcome
	// Memberships returns the address of a field of the member's own, always the same.
	Memberships() *Memberships
}

// HeartbeatMember is a Member that wants to be told the position of channels which are silent. Others never learn of it.
type HeartbeatMember interface {
	Member
	// Heartbeat takes a message whose Heartbeat is true, in order with those of Deliver and under the same rules.
	Heartbeat(m *Message) Outcome
}

// RunMember is a Member that can take messages in a row at once, which makes a burst to many members cheaper.
type RunMember interface {
	Member
	// DeliverRun takes all messages of r, with the outcome Sent for each (Queued if a [Hold] has kept them), or none of them and returns false; the hub
	// then hands them over one by one. r dies when it returns; what r.Frames returned does not. It
	// must not join or leave, nor run code that might.
	DeliverRun(r *Run) bool
}
