package hub

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/weir-ws/weir/frame"
)

// Payload is what a publisher publishes.
type Payload struct {
	Op   frame.Op // frame.OpText or frame.OpBinary; 0: by ChannelOptions.Binary
	Data []byte   // the hub's from the call on: it is not copied, so it must not change any more
	Time int64    // the publisher's clock in ns since 1970; 0: none
	Key  string   // what the message is the latest value of, for conflation; empty: ChannelOptions.Key finds it

	Snapshot bool // Data is a whole state: what was published before need not be known
	Gap      bool // messages before this one are missing, because the publisher's own source lost them
}

// Position is a place in a channel's order. Positions of one channel compare by Seq while
// Epoch is the same; another epoch means that the count has begun anew.
type Position struct {
	Epoch string // at most 24 bytes of A-Z 0-9 a-z and "."
	Seq   uint64 // 1 is the first message; 0: before it
}

// Message is one published message, shared by all members on all loops. Its fields must
// not be changed.
type Message struct {
	Channel string
	Position
	Op   frame.Op
	Data []byte
	Time int64
	Key  string

	// Options are the channel's, never nil.
	Options *ChannelOptions
	// Recv is when the hub took the message in, in ns since 1970; 0 unless Config.Stamp asks for it.
	Recv int64
	// Lost is the number of sequence numbers right before this one that never came to this hub: a broker that is a network lost them. They
	// count as dropped for every member.
	Lost uint64

	Snapshot, Gap bool // as in Payload
	// Renewed says that the count has begun anew with this message: Epoch is another one than that of the message before it, which members
	// cannot have known. Only a broker that is a network does that.
	Renewed bool
	// Heartbeat says that this is no message: nothing was published for ChannelOptions.Heartbeat, Position is that of the last
	// message, and Time is now. Only a [HeartbeatMember] gets it.
	Heartbeat bool

	frames atomic.Pointer[encoded] // a stack: one per Encoding asked for
	sent   atomic.Int64            // 0: nobody has asked
}

// Sent returns when the message was first written for somebody who wants to know, in ns since 1970: the first call asks now for it, and all
// others get the same, so that an [Encoding] which writes it depends on the message alone. With members, that is the time of the
// fan-out on the loop that came first, not of a socket's write. Any goroutine may call it.
func (m *Message) Sent(now func() time.Time) int64 {
	if at := m.sent.Load(); at != 0 {
		return at
	}
	m.sent.CompareAndSwap(0, now().UnixNano())
	return m.sent.Load()
}

// Encoding is how one wire protocol writes a message. An Encoding must be comparable with
// == and cheap to compare: a pointer, one per protocol, made once. Both methods must depend
// on the message alone, and any loop may call them.
type Encoding interface {
	Op(m *Message) frame.Op
	// Append appends the frame's payload to dst and returns the longer slice.
	Append(dst []byte, m *Message) []byte
}

type encoded struct {
	enc   Encoding
	next  *encoded
	mu    sync.Mutex
	frame atomic.Pointer[frame.Message]
}

// Frame returns the message as enc writes it. It is made on the first call for enc, once,
// however many loops ask; the others wait for it. Any goroutine may call it.
func (m *Message) Frame(enc Encoding) *frame.Message {
	for e := m.frames.Load(); e != nil; e = e.next {
		if e.enc == enc {
			if f := e.frame.Load(); f != nil {
				return f
			}
			return e.build(m)
		}
	}
	return m.entry(enc).build(m)
}

// entry returns the place of enc's frame, new or as another goroutine has just made it.
func (m *Message) entry(enc Encoding) *encoded {
	var fresh *encoded
	for {
		head := m.frames.Load()
		for e := head; e != nil; e = e.next {
			if e.enc == enc {
				return e
			}
		}
		if fresh == nil {
			fresh = &encoded{enc: enc}
		}
		fresh.next = head
		if m.frames.CompareAndSwap(head, fresh) {
			return fresh
		}
	}
}

// overhead is what an encoding adds to the data, as a guess for the first allocation: too
// little costs a second one.
const overhead = 128

// build holds a lock that only those wait for who need this very frame. Should the
// encoding panic, the next one who asks tries again and meets the same panic, instead of a
// nil frame.
func (e *encoded) build(m *Message) *frame.Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f := e.frame.Load(); f != nil {
		return f
	}
	f := frame.BuildMessage(e.enc.Op(m), len(m.Data)+len(m.Channel)+overhead, func(dst []byte) []byte {
		return e.enc.Append(dst, m)
	})
	e.frame.Store(f)
	return f
}
