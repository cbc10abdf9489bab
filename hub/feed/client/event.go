package client

import "encoding/json"

// Event is what a handler gets: one of the pointers that the package's documentation lists. It is the handler's to keep.
type Event interface{ event() }

// Position is a place in a channel's order. Seq of two positions compare if their Epochs are equal.
type Position struct {
	Epoch string
	Seq   uint64 // of the last message before; 0: none
}

// Subscribed says that a channel is subscribed to, for the first time or on a new connection.
type Subscribed struct {
	Channel string
	Pattern string // of the subscription that has made it; "": it was named
	Position
	Resumed   bool    // it was to go on behind a position
	Recovered bool    // and does: nothing is missing. Otherwise a *Gap has said what is, if anything, and the state begins anew
	Snapshots int     // so many *Snapshot follow
	MaxHz     float64 // messages a second of each key at most; 0: no limit
	Policy    string  // of a slow reader: lossless, drop, conflate; "": the server's own
}

// Snapshot is a part of a channel's state at the position of the *Subscribed before.
type Snapshot struct {
	Channel   string
	Seq       uint64 // of the message that the value is from, as far as it is known
	TS        int64  // the publisher's time, ns since 1970; 0: not known
	Key       string
	Data      json.RawMessage
	Index, Of int // 0 to Of-1
}

// Message is one message. From < Seq: it stands for all of From to Seq, whose values it or one of the next has superseded.
type Message struct {
	Channel    string
	From, Seq  uint64
	TS         int64 // the publisher's time, ns since 1970; 0: not known
	Recv, Sent int64 // when the server took it in and wrote it, ns since 1970; 0: not asked for with Options.Times, or not known
	Key        string
	Gap        bool // the publisher has lost messages before Seq, or before another one of From to Seq; a *Gap has come before
	Snapshot   bool // Data is a whole state: what came before need not be known
	Data       json.RawMessage
}

// Dropped says which messages the server has left out for this client.
type Dropped struct {
	Channel   string
	From, Seq uint64
}

// Gap says that messages are missing, from From to Seq; both are 0 if nobody can know which.
type Gap struct {
	Channel   string
	Cause     Cause
	From, Seq uint64
}

// Cause is why messages are missing.
type Cause uint8

const (
	// Away: there was no connection, and the server had not kept what passed.
	Away Cause = iota + 1
	// Restarted: there was no connection, and the server has begun to count anew.
	Restarted
	// Source: the publisher has lost its own source for a while. The numbers of the channel go on.
	Source
	// Undeclared: the server has not sent them and not said so. One that is older than the accounting leaves messages out like that.
	Undeclared
)

// String is a word for logs.
func (c Cause) String() string {
	switch c {
	case Away:
		return "away"
	case Restarted:
		return "restarted"
	case Source:
		return "source"
	case Undeclared:
		return "undeclared"
	}
	return "unknown"
}

// Heartbeat says that the channel was at Seq at TS (ns since 1970, the server's clock). If the client was not there, a *Gap has come before.
type Heartbeat struct {
	Channel string
	Seq     uint64
	TS      int64
}

// Configured is the answer to [Subscription.Configure]: MaxHz is in force now, or Code says why nothing has changed.
type Configured struct {
	Channel string
	MaxHz   float64 // messages a second of each key; 0: no limit
	Code    string  // "": it has changed
	Message string  // for people
}

// Ended says that the server has refused or ended a subscription, or one channel of a pattern's. Nothing comes of it any more.
type Ended struct {
	Channel string // or the pattern
	Code    string // of docs/protocol.md; "": no reason was given
	Message string // for people
}

func (*Subscribed) event() {}
func (*Snapshot) event()   {}
func (*Message) event()    {}
func (*Dropped) event()    {}
func (*Gap) event()        {}
func (*Heartbeat) event()  {}
func (*Configured) event() {}
func (*Ended) event()      {}
