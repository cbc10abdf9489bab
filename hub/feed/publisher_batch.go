package feed

import (
	"bufio"
	"bytes"
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

var errLongLine = errors.New("a line that is too long")

// lineReader yields the lines of a stream that are not empty, each until the next call.
type lineReader struct {
	r    *bufio.Reader
	max  int    // bytes of a line; 0 or less: no bound
	long []byte // a line that does not fit into r's buffer
}

func newLineReader(r io.Reader, max int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 16<<10), max: max}
}

// next returns the next line, without its end. The error is io.EOF at the end, errLongLine for a line that was passed
// over, or the reader's: then what may have come of a last line is not returned, because nobody knows whether it is
// the whole.
func (l *lineReader) next() ([]byte, error) {
	for {
		line, err := l.line()
		if err != nil {
			return nil, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) > 0 {
			return line, nil
		}
	}
}

func (l *lineReader) line() ([]byte, error) {
	l.long = l.long[:0]
	tooLong := false
	for {
		part, err := l.r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull && err != io.EOF {
			return nil, err
		}
		// The limit is the content's: a line feed does not count.
		if l.max > 0 && len(l.long)+len(bytes.TrimRight(part, "\r\n")) > l.max {
			tooLong = true
			l.long = l.long[:0]
		}
		switch {
		case err == bufio.ErrBufferFull:
			if !tooLong {
				l.long = append(l.long, part...)
			}
			continue
		case tooLong:
			return nil, errLongLine // at the end of the body, the end is found next time
		case err == io.EOF && len(l.long)+len(part) == 0:
			return nil, io.EOF
		case len(l.long) == 0:
			return part, nil
		}
		l.long = append(l.long, part...)
		return l.long, nil
	}
}
