package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"unicode/utf8"
)

// envelope is one line of a recording. The slices point into the line.
type envelope struct {
	time   int64  // ns since the Unix epoch, by the clock of the machine that recorded
	stream []byte // nil: the JSON has no "stream" and is no message of one
	data   []byte // the bytes of "data", white space around them left out; without a stream, those of an order book got by REST
}

var (
	errLineTime     = errors.New("a line begins with the time in nanoseconds: 1 to 19 digits and one space")
	errLineObject   = errors.New("a JSON object must follow the time")
	errLineTrailing = errors.New("nothing may follow the JSON object")
	errLineUTF8     = errors.New("this is not UTF-8")
	errLineStream   = errors.New(`the value of "stream" must be a string that is not empty`)
	errLineData     = errors.New(`the object has "stream" but no "data"`)
)

// parseLine takes a line apart. On an error, column is the byte that is wrong, counted from 1.
func parseLine(line []byte) (e envelope, column int, err error) {
	// RFC 6455, section 8.1: an endpoint that finds a text message not to be UTF-8 "MUST _Fail the WebSocket
	// Connection_". What got through here would cut off every subscriber of the channel.
	if !utf8.Valid(line) {
		return envelope{}, firstInvalid(line) + 1, errLineUTF8
	}
	i, ok := 0, false
	if e.time, i, ok = parseTime(line); !ok {
		return envelope{}, i + 1, errLineTime
	}
	s := jsonScanner{b: line, i: i}
	if err := e.walk(&s); err != nil {
		return envelope{}, s.i + 1, err
	}
	return e, 0, nil
}

// walk goes through the members of the top-level object, whatever their order. Of members with the same name the
// last one counts (RFC 8259, section 4: "Many implementations report the last name/value pair only"), as in
// encoding/json.
func (e *envelope) walk(s *jsonScanner) error {
	if s.peek() != '{' {
		return s.fail(errLineObject)
	}
	begin := s.i
	var stream []byte // with its quotes
	streamAt, isBook := 0, false
	for first := true; ; first = false {
		key, more, err := s.key(first)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		s.peek()
		start := s.i
		if err := s.value(1); err != nil {
			return err
		}
		switch string(unquote(key)) {
		case "stream":
			stream, streamAt = s.b[start:s.i], start
		case "data":
			e.data = s.b[start:s.i:s.i]
		case "lastUpdateId":
			isBook = true
		}
	}
	end := s.i
	if s.peek(); s.i < len(s.b) {
		return errLineTrailing
	}
	if stream == nil {
		e.data = nil
		if isBook {
			e.data = s.b[begin:end:end]
		}
		return nil
	}
	if e.stream = unquote(stream); len(e.stream) == 0 {
		s.i = streamAt
		return errLineStream
	}
	if e.data == nil {
		s.i = end - 1
		return errLineData
	}
	return nil
}

// unquote is the text of a JSON string that has been scanned; nil when the value is no string.
func unquote(value []byte) []byte {
	if value[0] != '"' {
		return nil
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1]
	}
	var s string // rare: the library may decode it
	if json.Unmarshal(value, &s) != nil {
		return nil
	}
	return []byte(s)
}

// parseTime reads the time and the space behind it; i is the byte after them, or the one that is wrong.
func parseTime(line []byte) (t int64, i int, ok bool) {
	for ; i < len(line) && isDigit(line[i]); i++ {
		d := int64(line[i] - '0')
		if t > (math.MaxInt64-d)/10 {
			return 0, i, false
		}
		t = t*10 + d
	}
	if i == 0 || i == len(line) || line[i] != ' ' {
		return 0, i, false
	}
	return t, i + 1, true
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}
