package frame

import (
	"encoding/binary"
	"math"
)

// MaxHeaderSize is the longest frame header in bytes: two fixed, eight of
// extended length, four of masking key.
const MaxHeaderSize = 14

// The bits of RSV in a [Header], named as in RFC 6455 5.2.
const (
	RSV1 uint8 = 4 // permessage-deflate: this message is compressed (RFC 7692 6)
	RSV2 uint8 = 2 // no extension we speak uses it
	RSV3 uint8 = 1 // no extension we speak uses it
)

const (
	bitFin  = 0x80 // byte 0: last frame of its message
	bitMask = 0x80 // byte 1: a masking key follows the length

	len16 = 126 // byte 1: two bytes of length follow
	len64 = 127 // byte 1: eight bytes of length follow
)

// Header is everything in a frame that stands before its payload (RFC 6455 5.2).
type Header struct {
	Fin    bool    // last (or only) frame of its message
	RSV    uint8   // RSV1 | RSV2 | RSV3
	Op     Op      // what the frame is
	Masked bool    // the payload is masked with Key; clients must, servers must not
	Key    [4]byte // zero unless Masked
	Length int64   // of the payload in bytes, never negative
}

// ParseHeader reads the frame header at the start of b and says how many bytes
// it took. Nothing is kept of b and nothing is allocated unless it fails.
//
// While the header is incomplete, n is 0 and err is nil: call again with the
// same bytes and more behind them. A header that can no longer become a legal
// one is refused with an *[Error] (1002) as soon as its bytes tell, so a peer
// cannot make the caller wait for the rest of nonsense:
//
//   - byte 0: a reserved opcode, a control frame without FIN
//   - byte 1: a control frame over 125 bytes
//   - first byte of a 64-bit length: its top bit
//   - last byte of a 16-bit length, sixth of a 64-bit one: a length that fewer
//     bytes could have said
//
// Whether the peer had to mask and which RSV bits were agreed on depends on the
// connection; [Decoder] decides that.
func ParseHeader(b []byte) (h Header, n int, err error) {
	n, e := parseHeader(b, &h)
	if e != nil {
		return Header{}, 0, e
	}
	return h, n, nil
}

// parseHeader is ParseHeader with a typed error. h is written only when n > 0.
func parseHeader(b []byte, h *Header) (n int, err *Error) {
	if len(b) == 0 {
		return 0, nil
	}
	if err = checkFirst(b[0]); err != nil || len(b) == 1 {
		return 0, err
	}
	short := b[1] &^ bitMask
	// RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or less".
	if short > MaxControl && Op(b[0]&0xF).IsControl() {
		return 0, violation("%s frame with more than 125 bytes of payload", Op(b[0]&0xF))
	}
	length, n, err := parseLength(short, b)
	if n == 0 {
		return 0, err
	}
	masked, key := b[1]&bitMask != 0, [4]byte{}
	if masked {
		if len(b) < n+len(key) {
			return 0, nil
		}
		key = [4]byte(b[n:])
		n += len(key)
	}
	h.Fin, h.RSV, h.Op = b[0]&bitFin != 0, b[0]>>4&7, Op(b[0]&0xF)
	h.Masked, h.Key, h.Length = masked, key, length
	return n, nil
}

// checkFirst refuses what byte 0 of a header alone makes illegal.
func checkFirst(b0 byte) *Error {
	op := Op(b0 & 0xF)
	// RFC 6455 5.2: "If an unknown opcode is received, the receiving endpoint
	// MUST _Fail the WebSocket Connection_."
	if op.IsReserved() {
		return violation("opcode %#x is reserved", uint8(op))
	}
	// RFC 6455 5.5: control frames "MUST NOT be fragmented".
	if op.IsControl() && b0&bitFin == 0 {
		return violation("%s frame without FIN: control frames must not be fragmented", op)
	}
	return nil
}

// parseLength reads the payload length and returns the offset behind it, or 0
// while bytes are missing. short is byte 1 without the mask bit.
//
// RFC 6455 5.2: "Note that in all cases, the minimal number of bytes MUST be
// used to encode the length, for example, the length of a 124-byte-long string
// can't be encoded as the sequence 126, 0, 124."
func parseLength(short byte, b []byte) (length int64, n int, err *Error) {
	switch short {
	default:
		return int64(short), 2, nil
	case len16:
		if len(b) < 4 {
			return 0, 0, nil
		}
		length = int64(binary.BigEndian.Uint16(b[2:]))
		if length < len16 {
			return 0, 0, violation("length %d in 16 bits: it must be sent in the shortest form", length)
		}
		return length, 4, nil
	case len64:
		// RFC 6455 5.2: "the most significant bit MUST be 0".
		if len(b) > 2 && b[2]&0x80 != 0 {
			return 0, 0, violation("64-bit length with its top bit set")
		}
		// The upper six bytes tell already: all zero means it fits 16 bits.
		if len(b) >= 8 && b[2]|b[3]|b[4]|b[5]|b[6]|b[7] == 0 {
			return 0, 0, violation("length under 65536 in 64 bits: it must be sent in the shortest form")
		}
		if len(b) < 10 {
			return 0, 0, nil
		}
		return int64(binary.BigEndian.Uint64(b[2:])), 10, nil
	}
}

// AppendHeader appends h to dst with its length in the shortest form and
// returns the longer slice. It writes what it is told: reserved opcodes and
// bits are not refused, because a test peer has to be able to send them.
// A negative Length panics.
func AppendHeader(dst []byte, h Header) []byte {
	b0, b1 := h.RSV&7<<4|byte(h.Op&0xF), byte(0)
	if h.Fin {
		b0 |= bitFin
	}
	if h.Masked {
		b1 = bitMask
	}
	switch {
	case h.Length < 0:
		panic("frame: AppendHeader with a negative Length")
	case h.Length < len16:
		dst = append(dst, b0, b1|byte(h.Length))
	case h.Length <= math.MaxUint16:
		dst = append(dst, b0, b1|len16)
		dst = binary.BigEndian.AppendUint16(dst, uint16(h.Length))
	default:
		dst = append(dst, b0, b1|len64)
		dst = binary.BigEndian.AppendUint64(dst, uint64(h.Length))
	}
	if h.Masked {
		dst = append(dst, h.Key[:]...)
	}
	return dst
}

// AppendFrame appends a whole frame to dst: h with its Length set to
// len(payload), then payload, masked with h.Key when h.Masked. payload itself
// is not changed and must not overlap dst's spare capacity.
//
// A client has to draw a new Key for each frame from a strong source of
// randomness (RFC 6455 5.3).
func AppendFrame(dst []byte, h Header, payload []byte) []byte {
	h.Length = int64(len(payload))
	dst = AppendHeader(dst, h)
	start := len(dst)
	dst = append(dst, payload...)
	if h.Masked {
		Mask(dst[start:], h.Key, 0)
	}
	return dst
}
