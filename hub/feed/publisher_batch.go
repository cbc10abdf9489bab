package feed

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// batch publishes the lines of a body as they come. The answers are sent when all are there: a publisher that
// reads nothing until it has written everything, as most HTTP clients do, must not meet a server that waits for
// it to read.
//
// The status is 200 when every line has an answer, whatever that is; anything else says that the last answer is that
// to a line, or to the body, at which it stopped: nothing from there on was published.
func (h *Publisher) batch(w http.ResponseWriter, r *http.Request, user any, body io.Reader) {
	status, answers := http.StatusOK, []byte(nil)
	lines := newLineReader(body, h.feed.cfg.MaxRequest)
	for n := 0; status == http.StatusOK; n++ {
		line, err := lines.next()
		if err == io.EOF {
			break
		}
		var flt *fault
		switch {
		case errors.Is(err, errLongLine):
			answers, _ = h.fail(answers, &fault{CodeTooBig, fmt.Sprintf("a line has at most %d bytes; this one has more", h.feed.cfg.MaxRequest)}, nil)
		case err != nil:
			var last []byte
			status, last = h.unread(err)
			answers = append(answers, last...)
		case h.cfg.MaxLines > 0 && n >= h.cfg.MaxLines:
			status = http.StatusRequestEntityTooLarge
			answers, _ = h.fail(answers, &fault{CodeTooBig, fmt.Sprintf("a batch has at most %d lines; send the rest in another", h.cfg.MaxLines)}, nil)
		default:
			if answers, flt = h.publish(r, user, answers, line); flt != nil && flt.code == CodeUnavailable {
				status = http.StatusServiceUnavailable
			}
		}
		answers = append(answers, '\n')
	}
	reply(w, status, typeNDJSON, answers)
}
