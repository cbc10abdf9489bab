package frame

import "fmt"

// Status is the two-byte code of a close frame (RFC 6455 7.4).
type Status uint16

// The codes of RFC 6455 7.4.1 and of the IANA registry it set up (11.7).
const (
	StatusNormal             Status = 1000 // done, nothing wrong
	StatusGoingAway          Status = 1001 // the server stops, the page is left
	StatusProtocolError      Status = 1002 // frames that break RFC 6455
	StatusUnsupported        Status = 1003 // binary where only text makes sense, or the reverse
	StatusNoStatus           Status = 1005 // never sent: the close frame came without a code
	StatusAbnormal           Status = 1006 // never sent: the connection ended without a close frame
	StatusInvalidPayload     Status = 1007 // text that is not UTF-8, corrupt deflate data
	StatusPolicyViolation    Status = 1008 // floods, fragments too small
	StatusTooBig             Status = 1009 // a message over the limit
	StatusMandatoryExtension Status = 1010 // sent by clients only
	StatusInternalError      Status = 1011 // a handler failed
	StatusServiceRestart     Status = 1012 // come back after a jittered delay
	StatusTryAgainLater      Status = 1013 // overloaded, or this reader is too slow
	StatusBadGateway         Status = 1014 // an upstream answered wrongly
	StatusTLS                Status = 1015 // never sent: the TLS handshake failed
	StatusUnauthorized       Status = 3000 // no good credentials, or none any more
)

// Sendable reports whether s may stand in a close frame: 1000-1003, 1007-1014
// and 3000-4999.
//
// RFC 6455 7.4.1 says of 1005, 1006 and 1015 that each "MUST NOT be set as a
// status code in a Close control frame by an endpoint", and 7.4.2 that 0-999
// "are not used" and 1000-2999 are for the protocol and its registered
// extensions, so a code there without a registered meaning is an error too.
func (s Status) Sendable() bool {
	switch {
	case s >= 3000 && s <= 4999: // libraries, frameworks and private use
		return true
	case s >= 1007 && s <= 1014:
		return true
	}
	return s >= 1000 && s <= 1003
}

// String returns the code with a short name, "1009 message too big", or the
// code alone when it has no registered meaning.
func (s Status) String() string {
	if name := s.name(); name != "" {
		return fmt.Sprintf("%d %s", uint16(s), name)
	}
	return fmt.Sprintf("%d", uint16(s))
}

func (s Status) name() string {
	switch s {
	case StatusNormal:
		return "normal closure"
	case StatusGoingAway:
		return "going away"
	case StatusProtocolError:
		return "protocol error"
	case StatusUnsupported:
		return "unsupported data"
	case StatusNoStatus:
		return "no status received"
	case StatusAbnormal:
		return "abnormal closure"
	case StatusInvalidPayload:
		return "invalid payload"
	case StatusPolicyViolation:
		return "policy violation"
	case StatusTooBig:
		return "message too big"
	case StatusMandatoryExtension:
		return "mandatory extension"
	case StatusInternalError:
		return "internal error"
	case StatusServiceRestart:
		return "service restart"
	case StatusTryAgainLater:
		return "try again later"
	case StatusBadGateway:
		return "bad gateway"
	case StatusTLS:
		return "TLS handshake failure"
	case StatusUnauthorized:
		return "unauthorized"
	}
	return ""
}
