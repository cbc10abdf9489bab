package redial

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// maxHint is the longest that a server is obeyed: whoever runs the client may want to know before.
const maxHint = 5 * time.Minute

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

// retryAfter is the wait that a server asks for, 0 if none. RFC 9110 10.2.3 has a date for it too, which
// servers under load do not send.
func retryAfter(h http.Header) time.Duration {
	d, err := time.ParseDuration(strings.TrimSpace(h.Get("Retry-After")) + "s")
	if err != nil || d < 0 {
		return 0
	}
	return min(d, maxHint)
}
