package frame

// Run is messages that are sent in a row, to many connections. It does not change once it is made, and any
// goroutine may read it: who has seen one *Run knows all of its messages by the pointer.
type Run struct {
	messages []*Message
	size     int
}

// NewRun returns a run of the messages, in this order. The slice is the run's from then on.
func NewRun(messages []*Message) *Run {
	r := &Run{messages: messages}
	for _, m := range messages {
		r.size += m.Len()
	}
	return r
}

// Messages returns the run's messages, which must not be changed.
func (r *Run) Messages() []*Message { return r.messages }

// Size returns the bytes of all messages as they go out plainly, headers included: the sum of their Len.
func (r *Run) Size() int { return r.size }
