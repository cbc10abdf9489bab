package source

import "errors"

// jsonScanner walks a JSON text (RFC 8259) without decoding it. It accepts what encoding/json accepts, byte for
// byte: the fuzz test holds it to that.
type jsonScanner struct {
	b []byte
	i int // the next byte; after an error, the byte that is wrong
}

// maxDepth bounds the recursion, and with it the stack, at the depth encoding/json allows.
const maxDepth = 10000

var (
	errJSONEnd     = errors.New("the JSON ends early")
	errJSONValue   = errors.New("a JSON value must stand here")
	errJSONLiteral = errors.New("only true, false and null may stand without quotes")
	errJSONNumber  = errors.New("this is not how JSON writes a number")
	errJSONControl = errors.New("a control character must be escaped in a JSON string")
	errJSONEscape  = errors.New("JSON has no such escape sequence")
	errJSONKey     = errors.New("a key in quotes must stand here")
	errJSONColon   = errors.New(`":" must stand here`)
	errJSONObject  = errors.New(`"," or "}" must stand here`)
	errJSONArray   = errors.New(`"," or "]" must stand here`)
	errJSONDepth   = errors.New("the JSON is nested too deeply")
)

// fail is err, or that the text ends, when it does.
func (s *jsonScanner) fail(err error) error {
	if s.i >= len(s.b) {
		return errJSONEnd
	}
	return err
}

// peek passes over white space and returns the byte after it, 0 at the end: no JSON token begins with a NUL.
func (s *jsonScanner) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// value passes over one value and the white space before it. depth is how many arrays and objects it stands in.
func (s *jsonScanner) value(depth int) error {
	switch c := s.peek(); c {
	case '"':
		_, err := s.str()
		return err
	case '[':
		return s.array(depth)
	case '{':
		return s.object(depth)
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		if c == '-' || isDigit(c) {
			return s.number()
		}
		return s.fail(errJSONValue)
	}
}

func (s *jsonScanner) array(depth int) error {
	if depth == maxDepth {
		return errJSONDepth
	}
	s.i++ // [
	if s.peek() == ']' {
		s.i++
		return nil
	}
	for {
		if err := s.value(depth + 1); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.i++
		case ']':
			s.i++
			return nil
		default:
			return s.fail(errJSONArray)
		}
	}
}

func (s *jsonScanner) object(depth int) error {
	if depth == maxDepth {
		return errJSONDepth
	}
	for first := true; ; first = false {
		_, more, err := s.key(first)
		if err != nil || !more {
			return err
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
	}
}

// key passes over what stands before a member's value: "{" or ",", the key and ":". more is false when the object
// closed instead. key has its quotes.
func (s *jsonScanner) key(first bool) (key []byte, more bool, err error) {
	c := s.peek()
	if first {
		s.i++ // {
		c = s.peek()
	}
	switch {
	case c == '}':
		s.i++
		return nil, false, nil
	case first:
	case c == ',':
		s.i++
	default:
		return nil, false, s.fail(errJSONObject)
	}
	if s.peek() != '"' {
		return nil, false, s.fail(errJSONKey)
	}
	if key, err = s.str(); err != nil {
		return nil, false, err
	}
	if s.peek() != ':' {
		return nil, false, s.fail(errJSONColon)
	}
	s.i++
	return key, true, nil
}
