package frame

import (
	"iter"
	"strings"
)

// deflateName is the extension's registered name (RFC 7692 7).
const deflateName = "permessage-deflate"

// offer is one element of a Sec-WebSocket-Extensions list.
type offer struct {
	name   string
	params []offerParam
}

type offerParam struct {
	name, value string
	hasValue    bool // "=" was there
}

// offers yields the elements of the lines of a Sec-WebSocket-Extensions header in the client's order of
// preference. RFC 6455 9.1 has the grammar:
//
//	extension-list  = 1#extension
//	extension       = extension-token *( ";" extension-param )
//	extension-param = token [ "=" (token | quoted-string) ]
//	    ;When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to
//	    ;the 'token' ABNF.
//
// "1#" is RFC 2616's list: elements may be empty, as long as one is not. false as the second value says that
// from there on the lines break the grammar.
func offers(lines []string) iter.Seq2[offer, bool] {
	return func(yield func(offer, bool) bool) {
		for _, line := range lines {
			for s := (scanner{line}); ; {
				s.space()
				if s.done() {
					break
				}
				if s.take(',') {
					continue
				}
				o, ok := s.offer()
				if ok = ok && (s.done() || s.take(',')); !yield(o, ok) || !ok {
					return
				}
			}
		}
	}
}

// scanner reads a header value from its front.
type scanner struct{ rest string }

func (s *scanner) done() bool { return s.rest == "" }

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

func (s *scanner) take(b byte) bool {
	if s.done() || s.rest[0] != b {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// offer reads an element up to the comma behind it, or to the end.
func (s *scanner) offer() (o offer, ok bool) {
	if o.name, ok = s.token(); !ok {
		return o, false
	}
	for s.space(); s.take(';'); s.space() {
		s.space()
		var p offerParam
		if p.name, ok = s.token(); !ok {
			return o, false
		}
		s.space()
		if p.hasValue = s.take('='); p.hasValue {
			s.space()
			if p.value, ok = s.value(); !ok {
				return o, false
			}
		}
		o.params = append(o.params, p)
	}
	return o, true
}

func (s *scanner) token() (t string, ok bool) {
	n := 0
	for n < len(s.rest) && isTokenByte(s.rest[n]) {
		n++
	}
	t, s.rest = s.rest[:n], s.rest[n:]
	return t, n > 0
}

// value reads a token or a quoted one, in which a backslash quotes the byte behind it (RFC 9110 5.6.4).
func (s *scanner) value() (string, bool) {
	if !s.take('"') {
		return s.token()
	}
	var v []byte
	for !s.take('"') {
		s.take('\\')
		if s.done() || !isTokenByte(s.rest[0]) {
			return "", false
		}
		v = append(v, s.rest[0])
		s.rest = s.rest[1:]
	}
	return string(v), len(v) > 0
}

// isTokenByte is RFC 9110 5.6.2's tchar.
func isTokenByte(b byte) bool {
	return b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z' || strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0
}
