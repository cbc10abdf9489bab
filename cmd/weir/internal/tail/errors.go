package tail

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// RefusedError: the server does not want this client, and asking again would not help.
type RefusedError struct {
	URL    string
	Status int // of the HTTP answer
	Body   string
}

func (e *RefusedError) Error() string {
	s := fmt.Sprintf("%s refused with %d %s", e.URL, e.Status, http.StatusText(e.Status))
	if e.Body != "" {
		s += ": " + e.Body
	}
	return s
}

// ChannelsError: the server knows none of the channels, or does not give them to us.
type ChannelsError struct{ Last string }

func (e *ChannelsError) Error() string {
	return "the server gave no channel: " + e.Last
}

// NeverConnectedError: the time was up before there was a connection.
type NeverConnectedError struct {
	URL string
	Err error // of the last try
}

func (e *NeverConnectedError) Error() string {
	return fmt.Sprintf("no connection to %s: %v", e.URL, e.Err)
}

// Unwrap returns Err.
func (e *NeverConnectedError) Unwrap() error { return e.Err }

// hopeless tells whether an HTTP answer will be the same next time.
func hopeless(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 300 && status < 500
}

// hint is the wait that a server asks for in the reason of its close frame, 0 if none: docs/protocol.md.
func hint(err error) time.Duration {
	var ce websocket.CloseError
	if !errors.As(err, &ce) {
		return 0
	}
	_, text, ok := strings.Cut(ce.Reason, "; retry-after=")
	if !ok || !strings.HasSuffix(text, "ms") {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0
	}
	return min(d, maxHint)
}

// maxHint is the longest that a server is obeyed: a person waits, and may want to know before.
const maxHint = 5 * time.Minute

// retryAfter is the wait that a server asks for, 0 if none. RFC 9110 10.2.3 has a date for it too, which
// servers under load do not send.
func retryAfter(h http.Header) time.Duration {
	d, err := time.ParseDuration(strings.TrimSpace(h.Get("Retry-After")) + "s")
	if err != nil || d < 0 {
		return 0
	}
	return min(d, maxHint)
}
