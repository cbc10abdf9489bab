package frame

import "fmt"

// Error is a breach of the protocol or of a limit by the peer. Every error of
// this package has this type; find it with [errors.As].
//
// The connection is lost at that point, because what follows in the stream can
// no longer be trusted. RFC 6455 7.1.7: "the endpoint MUST Fail the WebSocket
// Connection" - send a close frame with Status and Reason, then stop reading.
type Error struct {
	// Status is the code to close with: 1002, 1007, 1008 or 1009. Always Sendable.
	Status Status
	// Reason says what the peer did and what was expected, in ASCII and in at
	// most 123 bytes, so that it fits a close frame whole.
	Reason string
}

// Error returns Status and Reason in one line.
func (e *Error) Error() string { return "websocket: " + e.Status.String() + ": " + e.Reason }

// violation makes the 1002 that answers most of what this package refuses.
func violation(format string, args ...any) *Error {
	return &Error{Status: StatusProtocolError, Reason: fmt.Sprintf(format, args...)}
}
