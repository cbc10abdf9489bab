package engine

import (
	"errors"
	"net/http"
	"strconv"
)

// HTTPError is an answer other than 101: what a handshake gets that is refused. The
// engine makes them for requests that are wrong, and [Handler].Upgrade returns one to
// refuse a request that is right. It holds no state of its own, so one value may be
// returned for many requests, from any goroutine, as long as nobody changes it.
type HTTPError struct {
	// Status is the status code, 200 to 599. Anything else is answered as 500, because
	// a 1xx is not a final answer (RFC 9110 15.2) and 600 and up do not exist.
	Status int
	// Header is added to the answer; nil adds nothing. Connection, Content-Length and
	// the other fields that frame the answer are the engine's and are left out, and so
	// is a field with a name or value that HTTP does not allow.
	Header http.Header
	// Body is sent as text/plain unless Header names another Content-Type. Empty sends
	// the status text. 204, 205 and 304 have no body.
	Body string

	cause  error
	reason Reason // of an admission's refusal
	noBody bool   // the request was HEAD
}

// Error says which answer was given, and why.
func (e *HTTPError) Error() string {
	s := "engine: handshake refused with " + strconv.Itoa(e.Status)
	if t := http.StatusText(e.Status); t != "" {
		s += " " + t
	}
	if e.Body != "" {
		s += ": " + e.Body
	}
	if e.cause != nil {
		s += " (" + e.cause.Error() + ")"
	}
	return s
}

// Unwrap returns what lies behind the answer, for errors.Is: nil for an HTTPError of the application.
func (e *HTTPError) Unwrap() error { return e.cause }

// errNotUpgrade is wrapped by an HTTPError whose request shows no sign of WebSocket at
// all: it is somebody else's request, not a broken handshake.
var errNotUpgrade = errors.New("not a WebSocket request")

func badRequest(why string) *HTTPError {
	return &HTTPError{Status: http.StatusBadRequest, Body: why}
}

func tooLarge(why string) *HTTPError {
	return &HTTPError{Status: http.StatusRequestHeaderFieldsTooLarge, Body: why}
}
