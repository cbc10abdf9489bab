// Package frame is the wire format of the WebSocket protocol (RFC 6455): frame
// headers, masks, fragments, text, close codes, and the messages a server sends
// to many.
//
// It does no I/O, reads no clock and starts no goroutine. Bytes are handed to a
// [Decoder] as they arrive, cut anywhere, and messages come out; a [Message] or
// AppendFrame makes the bytes of what is sent. Either side of the protocol can
// be played ([Limits].Client).
//
// # A frame
//
// As RFC 6455 5.2 lays it out, by bytes:
//
//	byte 0                       byte 1
//	+-----+------+------+------+-----------+   +------+---------------------+
//	| FIN | RSV1 | RSV2 | RSV3 |  opcode   |   | MASK |     length (7)      |
//	+-----+------+------+------+-----------+   +------+---------------------+
//	 0x80   0x40   0x20   0x10     0x0f          0x80          0x7f
//
//	then, in this order
//	+-------------------------+---------------------+------------------------+
//	| length, big endian      | masking key         | payload                |
//	| 0 bytes if (7) <= 125   | 0 bytes if not MASK | length bytes, byte i   |
//	| 2 bytes if (7) == 126   | 4 bytes if MASK     | xored with key[i%4]    |
//	| 8 bytes if (7) == 127   |                     | if MASK                |
//	+-------------------------+---------------------+------------------------+
//
//	opcode  0 continuation   1 text    2 binary    3-7 reserved
//	        8 close          9 ping    a pong      b-f reserved
//
// A message is one frame with FIN, or a text or binary frame without it, any
// number of continuations without it, and a continuation with it. Whole control
// frames (opcode 8 and up, at most 125 bytes) may stand between those.
//
// # What it promises
//
//   - Strict: what RFC 6455 forbids is refused, with the close code it asks
//     for, in an *[Error]. Nothing is repaired.
//   - Early: the refusal comes with the first byte after which no continuation
//     could be legal, and does not depend on how the input was cut: not where
//     it comes, not with which words.
//   - Frugal: a message that lies whole in one read is returned where it lies.
//     Others move to pooled buffers that grow with what has arrived; what a
//     peer only announces costs nothing. Parsing allocates nothing.
//
// # Compression
//
// permessage-deflate (RFC 7692): [DeflatePolicy].Negotiate answers a client's offers. What was agreed on lets
// RSV1 through in a Decoder (Limits.RSV1), whose [Event] says that it was set; an [Inflater] then makes the message of
// its payload, within limits and, if it is text, checked to be UTF-8. A [Deflater] compresses, for a window of any
// size; a [Message] can carry a [Deflated] form next to the [Plain] one, made once for all receivers
// without context takeover. With it each side keeps a window ([SlideWindow]), and nothing else, between messages.
package frame
