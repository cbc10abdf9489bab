package frame

import "sync"

// maxPlainHeader is the longest header a server writes: no masking key.
const maxPlainHeader = MaxHeaderSize - 4

// Variant names one of the wire forms a [Message] can be sent in.
type Variant uint8

// The wire forms. Which one a receiver gets was negotiated in its handshake.
const (
	Plain    Variant = iota // as RFC 6455 has it
	Deflated                // permessage-deflate without context takeover (RFC 7692)
)

// Message is one message ready for the wire: encoded once, then shared by every
// receiver on every loop. It is immutable, so any goroutine may use it at any
// time without a lock; its slices must only be read.
//
// Its memory is left to the garbage collector, not reference-counted: nothing
// has to be released, and a slow connection may keep one as long as it likes.
// What that costs was measured (BenchmarkMessageLifetime, medians of 3; two
// loops on 2 cores, 40 MB of live heap): microseconds for one message to all
// its receivers, against a count that each receiver drops, and against one that
// only each loop drops.
//
//	receivers   payload   collected   counted   counted per loop
//	        2     128 B        0.36      0.18               0.19
//	      100     128 B        0.60      1.3                0.29
//	   10,000     128 B       13        99                 11
//	        2    16 KiB        7.8       1.6                1.7
//	   10,000    16 KiB       38       186                 21
//
// A count that each receiver drops is a cache line all loops fight for: at
// 10,000 receivers it costs 5 to 8 times as much. One count per loop wins,
// but it frees bytes that a slow connection still refers to, so it would
// need exact bookkeeping of who keeps what, where a slip sends one customer's
// bytes to another. For 128 bytes it would save 0.3 us at 100 receivers and 2 us
// at 10,000, which is nothing beside a write to each of them; only big payloads
// to few receivers would really gain.
type Message struct {
	wire     []byte // header and payload
	deflated []byte // written inside once
	once     sync.Once
	op       Op
	head     uint8 // where in wire the payload begins
	fixed    bool  // wire is every form
}

// NewMessage copies payload behind an unmasked header, as a server sends it
// (RFC 6455 5.1: "A server MUST NOT mask any frames that it sends to the
// client"). payload may be reused at once. op is OpText, OpBinary or, with at
// most 125 bytes, a control opcode; anything else is a fault of the program and
// panics, because sending it would make every receiver fail its connection.
// That text is UTF-8 is the caller's promise.
func NewMessage(op Op, payload []byte) *Message {
	mustSend(op, len(payload))
	wire := make([]byte, 0, headerSize(len(payload))+len(payload))
	wire = AppendHeader(wire, Header{Fin: true, Op: op, Length: int64(len(payload))})
	head := uint8(len(wire))
	return &Message{op: op, wire: append(wire, payload...), head: head}
}

// BuildMessage is NewMessage for a payload that does not exist yet: appendTo
// appends it to dst and returns the longer slice, as the Append functions of
// the standard library do, and it stays where it is written. dst is not empty
// (the header is put in front of the payload afterwards) and must not be cut
// shorter. hint is the expected size of the payload in bytes; a wrong one costs
// a reallocation or some slack, nothing else.
func BuildMessage(op Op, hint int, appendTo func(dst []byte) []byte) *Message {
	b := appendTo(make([]byte, maxPlainHeader, maxPlainHeader+max(hint, 0)))
	if len(b) < maxPlainHeader {
		panic("frame: BuildMessage's appendTo returned less than it was given: it must append to dst")
	}
	size := len(b) - maxPlainHeader
	mustSend(op, size)
	// The header's size is known only now: it is written to end where the
	// payload begins, and the reserved bytes before it are left out.
	head := headerSize(size)
	wire := b[maxPlainHeader-head:]
	AppendHeader(wire[:0], Header{Fin: true, Op: op, Length: int64(size)})
	return &Message{op: op, wire: wire[:len(wire):len(wire)], head: uint8(head)}
}

// NewCompressed is NewMessage for a payload that is compressed already, for one receiver: RSV1 is set, and every form of the
// message is this one. op is OpText or OpBinary.
func NewCompressed(op Op, payload []byte) *Message { return newFixed(op, RSV1, payload) }

// NewUncompressed is NewMessage for a payload that shall not be compressed: every form of the message is the plain one. op is
// OpText or OpBinary.
func NewUncompressed(op Op, payload []byte) *Message { return newFixed(op, 0, payload) }

func newFixed(op Op, rsv uint8, payload []byte) *Message {
	if !op.IsData() {
		panic("frame: compressed or not, such a Message is text or binary: control frames are never compressed (RFC 7692 6.1)")
	}
	wire := make([]byte, 0, headerSize(len(payload))+len(payload))
	wire = AppendHeader(wire, Header{Fin: true, RSV: rsv, Op: op, Length: int64(len(payload))})
	head := uint8(len(wire))
	return &Message{op: op, wire: append(wire, payload...), head: head, fixed: true}
}

// Op returns what the message is.
func (m *Message) Op() Op { return m.op }

// Payload returns the message without its header, compressed if it was made by NewCompressed. Read only.
func (m *Message) Payload() []byte { return m.wire[m.head:] }

// Wire returns the whole plain frame, header and payload. Read only.
func (m *Message) Wire() []byte { return m.wire }

// Len returns len(Wire()), the bytes the message takes on a plain connection.
func (m *Message) Len() int { return len(m.wire) }

// WireAs returns the whole frame in form v. Read only.
//
// The Deflated form is made by build, a whole frame with RSV1 set, when the
// first receiver asks for it, and attached for all later ones: build runs at
// most once in a Message's life, callers on other goroutines that come meanwhile
// wait for it, and all get the same bytes. A build that returns nil, because
// compressing does not pay, settles on the plain frame, which is legal for
// every receiver (RFC 7692 6: RSV1 unset means an uncompressed message). For
// Plain, build is not used and may be nil.
func (m *Message) WireAs(v Variant, build func(m *Message) []byte) []byte {
	if v == Plain || m.fixed {
		return m.wire
	}
	m.once.Do(func() { m.deflated = build(m) })
	if m.deflated == nil {
		return m.wire
	}
	return m.deflated
}

// headerSize returns the size of an unmasked header for size bytes of payload.
func headerSize(size int) int {
	switch {
	case size < len16:
		return 2
	case size <= 0xFFFF:
		return 4
	}
	return maxPlainHeader
}

// mustSend panics on frames no peer may be sent.
func mustSend(op Op, size int) {
	switch {
	case !op.IsData() && (!op.IsControl() || op.IsReserved()):
		panic("frame: a Message cannot be of kind " + op.String() + ": use OpText, OpBinary or a control opcode")
	case op.IsControl() && size > MaxControl:
		panic("frame: a " + op.String() + " Message carries at most 125 bytes")
	}
}
