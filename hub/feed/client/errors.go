package client

import (
	"errors"
	"fmt"

	"github.com/weir-ws/weir/hub/feed/redial"
)

// RefusedError: the server does not want this client, and asking again would not help. The client is closed then. It has the URL without
// what may be secret, the Status of the HTTP answer, and up to 512 bytes of its Body.
type RefusedError = redial.RefusedError

// Backoff is how long to wait before connecting again: anything from zero to a ceiling that doubles each time from Base (0: 250 ms) to Cap
// (0: 10 s), on top of what the server asks for. A connection that has held for Steady (0: Cap) begins the ceilings anew.
type Backoff = redial.Backoff

// What a call can fail with, beside a context's error; test with errors.Is.
var (
	// ErrClosed: the client is closed.
	ErrClosed = errors.New("client: closed")
	// ErrSubscribed: this client has a subscription of that name or pattern.
	ErrSubscribed = errors.New("client: the channel is subscribed to already; unsubscribe first")
	// ErrName: a channel's name or a pattern is empty, or has more than 255 bytes.
	ErrName = errors.New("client: a channel's name has 1 to 255 bytes")
	// ErrUnanswered: the connection was lost before the answer came. The request may or may not have been carried out.
	ErrUnanswered = errors.New("client: the connection was lost before the answer; whether the request was carried out is not known")
	// ErrData: what is to be published is not JSON.
	ErrData = errors.New("client: data is not valid JSON; nothing was published")
	// ErrNoToken: there is no Options.Token to refresh from.
	ErrNoToken = errors.New("client: there is no Options.Token, so no token to refresh")
)

// ProtocolError: what the server sent is no message of the feed protocol. The client is closed then.
type ProtocolError struct {
	URL  string
	Text string // what it sent, up to 80 bytes
}

// Error names the URL and what came.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("%s does not speak the feed protocol: %q", e.URL, e.Text)
}

// AnswerError is the server's error answer to a request.
type AnswerError struct {
	Code    string // of docs/protocol.md, for programs
	Message string // for people
	Channel string // "": not about one
}

// Error is "code: message (channel)".
func (e *AnswerError) Error() string {
	s := e.Code + ": " + e.Message
	if e.Channel != "" {
		s += " (" + e.Channel + ")"
	}
	return s
}
