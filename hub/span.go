package hub

// Span is what one thing that a member is sent accounts for in its channel's count: the numbers From to Seq. The spans of a membership lie
// one behind the other without overlap and without a hole, so who adds them up knows what became of every number.
type Span struct {
	From, Seq uint64
	// Dropped says that the numbers before Seq were left out (with no message: that Seq was, too). Otherwise each of them was superseded
	// by a later value of its key, which is the message or one that follows.
	Dropped bool
	// Gap says that one of the messages before Seq had Message.Gap and is not sent. It is not told of messages that were dropped by a member which keeps
	// none: who is told that there were any knows that something is missing.
	Gap bool
}

// Alone reports whether a message accounts for nothing but itself.
func (s Span) Alone() bool { return s.From == s.Seq }

// Others is the number of messages that s accounts for and that are not sent; sent tells whether Seq is.
func (s Span) Others(sent bool) uint64 {
	if sent {
		return s.Seq - s.From
	}
	return s.Seq - s.From + 1
}
