package frame

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// maxReason is what a control frame leaves for a reason behind the code.
const maxReason = MaxControl - 2

// ParseClose reads the payload of a close frame: nothing (StatusNoStatus and
// no reason), or a code and a reason. Any other payload is refused with an
// *[Error]: one byte, a code that may not be sent, or over 125 bytes is 1002, a
// reason that is not UTF-8 is 1007. Status and reason are zero then.
func ParseClose(p []byte) (Status, string, error) {
	switch {
	case len(p) == 0:
		// RFC 6455 7.1.5: "If this Close control frame contains no status code,
		// _The WebSocket Connection Close Code_ is considered to be 1005."
		return StatusNoStatus, "", nil
	case len(p) == 1:
		// RFC 6455 5.5.1: "If there is a body, the first two bytes of the body
		// MUST be a 2-byte unsigned integer".
		return 0, "", violation("close frame with 1 byte of payload: a code takes 2")
	case len(p) > MaxControl:
		return 0, "", violation("close frame with more than 125 bytes of payload")
	}
	status := Status(binary.BigEndian.Uint16(p))
	if !status.Sendable() {
		return 0, "", violation("close code %d may not be sent", uint16(status))
	}
	// RFC 6455 5.5.1: the reason is "UTF-8-encoded data"; 8.1 fails what is not.
	if !utf8.Valid(p[2:]) {
		return 0, "", &Error{StatusInvalidPayload, "close reason is not valid UTF-8"}
	}
	return status, string(p[2:]), nil
}

// AppendClose appends the payload of a close frame, no header, to dst and
// returns the longer slice. The reason is made valid UTF-8 (bad bytes become
// U+FFFD) and cut to at most 123 bytes between two characters.
//
// A status that may not stand in a frame, such as StatusNoStatus, appends
// nothing: a close frame without payload is legal, and passing on a code that a
// ParseClose returned must not make us break the protocol.
func AppendClose(dst []byte, s Status, reason string) []byte {
	if !s.Sendable() {
		return dst
	}
	reason = strings.ToValidUTF8(reason, "\uFFFD")
	if len(reason) > maxReason {
		cut := maxReason
		for !utf8.RuneStart(reason[cut]) {
			cut--
		}
		reason = reason[:cut]
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(s))
	return append(dst, reason...)
}
