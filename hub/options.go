package hub

import (
	"time"

	"github.com/weir-ws/weir/frame"
)

// ChannelOptions is what one channel is for: what it keeps, what a newcomer is shown, and what happens to members that cannot take
// everything. [Config].Options gives them to a channel when it is made; they must not be changed afterwards, because all loops read them, and many channels may share them.
// The zero value keeps nothing and leaves slow members to their connection's own policy.
type ChannelOptions struct {
	// Slow says what happens to a message for a member that is above its high watermark.
	Slow SlowPolicy

	// History bounds the messages that are kept for members that resume. The zero value keeps none.
	History History

	// Snapshot says what a newcomer is shown of the state before it came.
	Snapshot SnapshotMode

	// Fold makes the state of a channel with SnapshotFold: it is called once, when the channel is made, under the terms of Config.Options. nil with
	// SnapshotFold: only what publishers mark as a snapshot themselves is one.
	Fold func() Fold

	// Key finds what a message is the latest value of, for SnapshotPerKey and SlowConflate. It is called once a message, by the
	// publisher's goroutine and under no lock, if Payload.Key is empty. nil: messages without Payload.Key have all the one empty key.
	Key func(data []byte) string

	// MaxKeys bounds the keys of SnapshotPerKey: the value that is oldest makes room. 0: 65,536.
	MaxKeys int

	// MaxHz is the highest rate, in messages a second for each key, that a member gets; it may ask for less. It needs SlowConflate, as the
	// only policy that may leave values out of a healthy member's stream. 0: no limit. Up to 250.
	MaxHz float64

	// Heartbeat is the silence after which members are told the channel's position, so that they know that they miss nothing. 0: never.
	Heartbeat time.Duration

	// Retain is Config.Retain for this channel: how long its position, its history and its snapshot are kept after its last message or
	// member. 0: Config.Retain. Negative: for ever.
	Retain time.Duration

	// Binary makes OpBinary the Op of payloads that name none.
	Binary bool
}

// op is that of payloads that name none.
func (o *ChannelOptions) op() frame.Op {
	if o.Binary {
		return frame.OpBinary
	}
	return frame.OpText
}

// SlowPolicy is what becomes of a message for a member above its high watermark.
type SlowPolicy uint8

const (
	// SlowDefault leaves it to the connection: engine.Config.Slow.
	SlowDefault SlowPolicy = iota
	// SlowLossless queues on, up to the connection's hard limit; then it is closed with 1013.
	SlowLossless
	// SlowDrop leaves messages out, and the member is told which.
	SlowDrop
	// SlowConflate keeps the latest message of each key until the member can take it; it then stands for those before it.
	SlowConflate
)

// String returns the policy's name in a configuration file.
func (p SlowPolicy) String() string {
	if int(p) < len(slowNames) {
		return slowNames[p]
	}
	return "unknown"
}

var slowNames = [...]string{"default", "lossless", "drop", "conflate"}

// History bounds what a channel keeps of its past. Messages that exceed one of the bounds go, the oldest first.
type History struct {
	Count int           // messages; 0: no history at all
	Bytes int           // of their data; 0: 1 MiB
	Age   time.Duration // by the hub's clock; 0: any
}

// SnapshotMode is what a newcomer is shown.
type SnapshotMode uint8

const (
	// SnapshotNone shows nothing.
	SnapshotNone SnapshotMode = iota
	// SnapshotLast shows the last message.
	SnapshotLast
	// SnapshotPerKey shows the last message of each key.
	SnapshotPerKey
	// SnapshotFold shows a state that Fold has made of all messages (without a Fold, the last one that a publisher sent), and the messages
	// after it. What a Fold can do nothing with is not shown.
	SnapshotFold
)

// String returns the mode's name in a configuration file.
func (m SnapshotMode) String() string {
	if int(m) < len(snapshotNames) {
		return snapshotNames[m]
	}
	return "unknown"
}

var snapshotNames = [...]string{"none", "last", "per-key", "fold"}

// Fold is a state made of a channel's messages, such as an order book made of its differences. A hub calls it with
// a lock of the channel's own held, on the goroutine of one of the publishers and never from two at a time. It must not publish.
type Fold interface {
	// Apply takes in the next message. The error makes the state unusable until the next snapshot that a publisher sends; the message itself
	// goes out all the same.
	Apply(m *Message) error
	// Reset takes in a snapshot that a publisher sent.
	Reset(m *Message) error
	// Snapshot appends the state to dst, as the data of a message; ok is false while there is none.
	Snapshot(dst []byte) (data []byte, ok bool)
}
