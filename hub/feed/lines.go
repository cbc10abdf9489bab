package feed

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

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
