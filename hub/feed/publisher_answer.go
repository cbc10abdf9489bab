package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// patient gives each read of a body its own time.
type patient struct {
	io.ReadCloser
	w    *http.ResponseController
	each time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	p.extend()
	return p.ReadCloser.Read(b)
}

// extend does nothing where the server has no deadlines, as in tests.
func (p *patient) extend() {
	if p.each > 0 {
		_ = p.w.SetReadDeadline(time.Now().Add(p.each))
	}
}

// unread is the answer when the body could not be read to its end.
func (h *Publisher) unread(err error) (status int, answer []byte) {
	status, flt := http.StatusBadRequest, fault{CodeBadRequest, "the body ended before its end, or too late"}
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		status, flt = http.StatusRequestEntityTooLarge, fault{CodeTooBig, fmt.Sprintf("a body has at most %d bytes", tooBig.Limit)}
	}
	answer, _ = h.fail(nil, &flt, nil)
	return status, answer
}

// statusOf is the status of an answer that is one error.
func statusOf(code Code) int {
	switch code {
	case CodeTooBig:
		return http.StatusRequestEntityTooLarge
	case CodeNotPermitted, CodeForbidden:
		return http.StatusForbidden
	case CodeUnknownChannel:
		return http.StatusNotFound
	case CodeUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// reply sends the whole answer, with a line feed at its end.
func reply(w http.ResponseWriter, status int, kind string, answer []byte) {
	if len(answer) > 0 && !bytes.HasSuffix(answer, []byte{'\n'}) {
		answer = append(answer, '\n')
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(answer)))
	h.Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer) // a publisher that has gone cannot be told
}
