package load

import "fmt"

// Kind is what a server did wrong.
type Kind string

// The kinds of violations.
const (
	Refused   Kind = "refused"      // the connection or its handshake failed
	Lost      Kind = "lost"         // a message never came
	Repeated  Kind = "repeated"     // a message came again
	Reordered Kind = "out of order" // a message came after a later one
	Altered   Kind = "altered"      // payload or length are not what was sent
	Opcode    Kind = "opcode"       // a message came under another opcode
	Foreign   Kind = "foreign"      // another connection's message
	Protocol  Kind = "protocol"     // a frame that no server may send, or a message that nobody sent
	Closed    Kind = "closed"       // the server ended the connection
	Stalled   Kind = "stalled"      // no progress for the plan's Patience
)

// Violation is a server breaking the rules. Errors of this package that are not one are the caller's: an
// impossible plan, a lack of descriptors or ports, or the context's.
type Violation struct {
	Kind Kind
	Conn int // index of the connection, -1: the publisher or no one in particular
	// Want is the message that was due on that connection, Got the one that came; both where they are known.
	Want, Got uint64
	Detail    string
	// Messages and Conns are, of Stalled, how many messages were outstanding on how many connections.
	Messages int64
	Conns    int
}

// Error is one line.
func (v *Violation) Error() string {
	who := fmt.Sprintf("connection %d", v.Conn)
	if v.Conn < 0 {
		who = "the publisher's connection"
	}
	switch v.Kind {
	case Stalled:
		return fmt.Sprintf("stalled: %s: %d messages outstanding on %d connections", v.Detail, v.Messages, v.Conns)
	case Refused, Closed, Protocol:
		return fmt.Sprintf("%s: %s: %s (message %d was due)", v.Kind, who, v.Detail, v.Want)
	}
	return fmt.Sprintf("%s: %s: message %d was due and %d came: %s", v.Kind, who, v.Want, v.Got, v.Detail)
}
