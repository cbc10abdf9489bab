// Package exam is a conformance exam for WebSocket echo servers, written from
// RFC 6455. It dials a server that sends every message back as it came, puts
// some thousand questions to it, each on a connection of its own, and reports
// the answers that the RFC does not allow.
//
// The package is the oracle for the rest of the module, so it shares no code
// with it: wire.go encodes and receive.go decodes frames over a plain net.Conn,
// and unicode/utf8 of the standard library says what is valid UTF-8.
//
// # Verdicts
//
// A case ends in one of three verdicts.
//
// OK: every frame came as required, a failure was announced by a Close frame
// with the status the RFC names for it, and the server closed the TCP
// connection with a FIN.
//
// NonStrict: the server came to the right conclusion, but not in the way the
// RFC recommends (a SHOULD), or later than it could have known:
//   - TCP closed after a violation without a Close frame (7.1.7: "SHOULD send a Close frame");
//   - a TCP reset instead of a clean end after the Close frame (7.1.1: "SHOULD use a method that cleanly closes the TCP connection");
//   - invalid UTF-8 refused only once the message was complete (8.1 asks for failure on "a byte stream [that] is not, in fact, a valid UTF-8 stream"; the exam wants it at the first impossible byte);
//   - a Close frame answered without a status although one was sent (5.5.1: "typically echos the status code it received");
//   - a valid message in front of a violation not echoed before the Close frame;
//
// Failed: everything else: a wrong status, a violation accepted, content that
// differs, a missing or unasked pong, a frame after the Close frame, a masked
// or otherwise malformed frame from the server, no answer within the deadline,
// a TCP connection still open after the closing handshake (7.1.1: "the server
// MUST close the underlying TCP connection immediately").
//
// # What the server under exam must be
//
// An echo server without rate limits for the exam's address, with a message
// limit of at least Options.MaxMessage, and which sends nothing but echoes:
// its own pings are ignored (and not answered), a pong that no ping asked for
// fails the case.
//
// # Time
//
// No verdict depends on how fast the machine is: the exam waits Options.Deadline
// without any progress on the wire before it gives up. Only the fail-fast cases
// of a server that does NOT fail fast wait for Options.Patience.
package exam
