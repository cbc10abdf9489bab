package frame

import "unicode/utf8"

// UTF8 checks text that arrives in pieces, cut anywhere, and refuses it at the
// first byte after which no continuation could make it valid: no surrogates, no
// overlong forms, nothing above U+10FFFF (RFC 3629). The zero value is ready.
// It holds no bytes and allocates nothing. One goroutine at a time.
//
// RFC 6455 8.1: "When an endpoint is to interpret a byte stream as UTF-8 but
// finds that the byte stream is not, in fact, a valid UTF-8 stream, that
// endpoint MUST _Fail the WebSocket Connection_. This rule applies both during
// the opening handshake and during subsequent data exchange."
type UTF8 struct {
	need   uint8 // continuation bytes the open sequence still wants
	lo, hi uint8 // what the next one may be
	bad    bool
}

// Feed takes the next piece and reports whether the text can still become
// valid. Once it has said no it says no until Reset.
func (u *UTF8) Feed(p []byte) bool {
	for u.need > 0 && len(p) > 0 && !u.bad {
		u.continuation(p[0])
		p = p[1:]
	}
	if u.bad {
		return false
	}
	// The bulk goes to the standard library, which reads words at a time; only
	// a sequence cut off at the end is walked byte by byte.
	cut := openSequence(p)
	if !utf8.Valid(p[:cut]) {
		u.bad = true
		return false
	}
	if cut < len(p) {
		u.lead(p[cut])
		for _, b := range p[cut+1:] {
			u.continuation(b)
		}
	}
	return !u.bad
}

// Done reports whether the text fed so far is valid and ends between two
// characters.
func (u *UTF8) Done() bool { return !u.bad && u.need == 0 }

// Reset makes u ready for the next text.
func (u *UTF8) Reset() { *u = UTF8{} }

// openSequence returns where the multi-byte sequence begins that p ends in the
// middle of, or len(p). It only looks at lengths; what is at most three bytes
// behind it may be wrong all the same.
func openSequence(p []byte) int {
	for i := len(p) - 1; i >= 0 && i >= len(p)-3; i-- {
		if b := p[i]; b >= 0xC0 { // a lead byte
			if int(following(b)) > len(p)-1-i {
				return i
			}
			break
		} else if b < 0x80 { // ASCII: nothing is open
			break
		}
	}
	return len(p)
}

// following returns how many continuation bytes the lead byte b wants; 0 for
// one that can never lead.
func following(b byte) uint8 {
	switch {
	case b < 0xC2 || b > 0xF4: // C0, C1: overlong; F5 and up: above U+10FFFF
		return 0
	case b < 0xE0:
		return 1
	case b < 0xF0:
		return 2
	}
	return 3
}

// lead opens a sequence. The second byte's range is where overlong forms,
// surrogates and code points above U+10FFFF show (RFC 3629 4).
func (u *UTF8) lead(b byte) {
	u.need, u.lo, u.hi = following(b), 0x80, 0xBF
	switch b {
	case 0xE0:
		u.lo = 0xA0
	case 0xED:
		u.hi = 0x9F
	case 0xF0:
		u.lo = 0x90
	case 0xF4:
		u.hi = 0x8F
	}
}

func (u *UTF8) continuation(b byte) {
	if b < u.lo || b > u.hi {
		u.bad = true
		return
	}
	u.need, u.lo, u.hi = u.need-1, 0x80, 0xBF
}
