package source

// plain has every byte that may stand for itself in a JSON string. RFC 8259, section 7: "All Unicode characters may
// be placed within the quotation marks, except for the characters that MUST be escaped: quotation mark, reverse
// solidus, and the control characters (U+0000 through U+001F)."
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x20 && c != '"' && c != '\\'
	}
	return t
}()

// str passes over a string, at its opening quote, and returns it with its quotes.
func (s *jsonScanner) str() ([]byte, error) {
	b, start := s.b, s.i
	for i := start + 1; i < len(b); i++ {
		if plain[b[i]] {
			continue
		}
		s.i = i
		switch b[i] {
		case '"':
			s.i++
			return b[start:s.i], nil
		case '\\':
			if err := s.escape(); err != nil {
				return nil, err
			}
			i = s.i - 1
		default:
			return nil, errJSONControl
		}
	}
	s.i = len(b)
	return nil, errJSONEnd
}

// escape passes over an escape sequence, at its reverse solidus. Half a surrogate pair is let through: RFC 8259,
// section 8.2, leaves it to the reader what to make of it, and the bytes go on unchanged anyway.
func (s *jsonScanner) escape() error {
	s.i++
	if s.i == len(s.b) {
		return errJSONEnd
	}
	switch s.b[s.i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i++
		return nil
	case 'u':
		s.i++
		for end := s.i + 4; s.i < end; s.i++ {
			if s.i == len(s.b) || !isHex(s.b[s.i]) {
				return s.fail(errJSONEscape)
			}
		}
		return nil
	}
	return errJSONEscape
}

// number passes over `-? (0 | [1-9][0-9]*) (.[0-9]+)? ([eE][+-]?[0-9]+)?`. RFC 8259, section 6: "Leading zeros are
// not allowed." What follows a number is the caller's to judge.
func (s *jsonScanner) number() error {
	if s.at('-') {
		s.i++
	}
	if s.at('0') {
		s.i++
	} else if !s.digits() {
		return s.fail(errJSONNumber)
	}
	if s.at('.') {
		s.i++
		if !s.digits() {
			return s.fail(errJSONNumber)
		}
	}
	if s.at('e') || s.at('E') {
		s.i++
		if s.at('+') || s.at('-') {
			s.i++
		}
		if !s.digits() {
			return s.fail(errJSONNumber)
		}
	}
	return nil
}

func (s *jsonScanner) literal(word string) error {
	for j := range len(word) {
		if !s.at(word[j]) {
			return s.fail(errJSONLiteral)
		}
		s.i++
	}
	return nil
}

func (s *jsonScanner) at(c byte) bool { return s.i < len(s.b) && s.b[s.i] == c }

// digits passes over digits; false: there is none.
func (s *jsonScanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && isDigit(s.b[s.i]) {
		s.i++
	}
	return s.i > start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
