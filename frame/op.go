package frame

import "fmt"

// Op is the four-bit opcode of a frame (RFC 6455 5.2, 11.8).
//
// In an [Event] and in a [Message] only the kinds that name a message or a
// control frame occur; OpContinuation never leaves the decoder, which is why
// its value, zero, doubles as "nothing yet" there.
type Op uint8

// The opcodes RFC 6455 11.8 registers. All others are reserved and refused.
const (
	OpContinuation Op = 0x0 // a further fragment of the message begun before
	OpText         Op = 0x1 // UTF-8 text
	OpBinary       Op = 0x2 // any bytes
	OpClose        Op = 0x8 // see ParseClose for its payload
	OpPing         Op = 0x9 // to be answered by a pong with the same payload
	OpPong         Op = 0xA // answers a ping, or is sent unasked as a heartbeat
)

// MaxControl is the largest payload of a control frame in bytes.
//
// RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or
// less and MUST NOT be fragmented."
const MaxControl = 125

// IsControl reports whether o is a control opcode, 0x8 to 0xF, reserved ones
// included.
//
// RFC 6455 5.5: "Control frames are identified by opcodes where the most
// significant bit of the opcode is 1."
func (o Op) IsControl() bool { return o&0x8 != 0 }

// IsData reports whether o starts a message: text or binary.
func (o Op) IsData() bool { return o == OpText || o == OpBinary }

// IsReserved reports whether RFC 6455 gives o no meaning: 0x3 to 0x7, 0xB to
// 0xF, and every value that does not fit the four bits.
func (o Op) IsReserved() bool { return o > OpPong || (o > OpBinary && o < OpClose) }

// String returns the opcode's name in RFC 6455, or its number when reserved.
func (o Op) String() string {
	switch o {
	case OpContinuation:
		return "continuation"
	case OpText:
		return "text"
	case OpBinary:
		return "binary"
	case OpClose:
		return "close"
	case OpPing:
		return "ping"
	case OpPong:
		return "pong"
	}
	return fmt.Sprintf("reserved(%#x)", uint8(o))
}
