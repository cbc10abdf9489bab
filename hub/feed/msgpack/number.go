package msgpack

import (
	"math"
	"strconv"

	"github.com/tinylib/msgp/msgp"
)

// number writes the number that begins here.
func (w *writer) number() bool {
	text, integer := w.token()
	if text == nil {
		return false
	}
	if !integer {
		w.decimal(text)
		return true
	}
	if text[0] == '-' {
		if n, err := strconv.ParseInt(string(text), 10, 64); err == nil && n != 0 {
			w.dst = msgp.AppendInt64(w.dst, n)
			return true
		}
	} else if n, err := strconv.ParseUint(string(text), 10, 64); err == nil {
		w.dst = msgp.AppendUint64(w.dst, n)
		return true
	}
	w.decimal(text)
	return true
}

// token takes in a number by the grammar of RFC 8259 6; nil: there is none.
func (w *writer) token() (text []byte, integer bool) {
	begin := w.at
	if w.next() == '-' {
		w.at++
	}
	if w.next() == '0' {
		w.at++
	} else if !w.digits() {
		return nil, false
	}
	integer = true
	if w.next() == '.' {
		integer = false
		w.at++
		if !w.digits() {
			return nil, false
		}
	}
	if c := w.next(); c == 'e' || c == 'E' {
		integer = false
		w.at++
		if c := w.next(); c == '+' || c == '-' {
			w.at++
		}
		if !w.digits() {
			return nil, false
		}
	}
	return w.in[begin:w.at], integer
}

// digits takes in at least one.
func (w *writer) digits() bool {
	begin := w.at
	for c := w.next(); c >= '0' && c <= '9'; c = w.next() {
		w.at++
	}
	return w.at > begin
}

// decimal writes a number that is no integer of 64 bits.
func (w *writer) decimal(text []byte) {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || !is(f, text) {
		w.dst = msgp.AppendStringFromBytes(w.dst, text)
		return
	}
	w.dst = msgp.AppendFloat64(w.dst, f)
}

// is tells whether text, a number to which f is the nearest, has the value of the shortest decimal that stands for f.
func is(f float64, text []byte) bool {
	var room, shortest [24]byte
	t := significant(room[:0], text)
	// Every decimal of up to 15 digits comes through a normal float 64, so its shortest decimal is none but this one.
	if a := math.Abs(f); t.digits == nil || len(t.digits) <= 15 && a > 1e-300 {
		return (f == 0) == (t.digits == nil)
	}
	if len(t.digits) > 17 { // no shortest decimal has more
		return false
	}
	var other [24]byte
	s := significant(other[:0], strconv.AppendFloat(shortest[:0], f, 'e', -1, 64))
	return t.exp == s.exp && string(t.digits) == string(s.digits)
}

// scientific is 0.DIGITS times ten to the power of exp; there is no zero at either end of digits, and none of them if it is zero.
type scientific struct {
	digits []byte // at most 18 are kept
	exp    int
}

// farAway bounds exponents, far beyond those of any float 64 and as far below where an int ends.
const farAway = 1 << 30

// significant reads a number; its sign is left out. digits are appended to room.
func significant(room, text []byte) scientific {
	s := scientific{digits: room}
	point, fraction, zeros := 0, false, 0 // digits before the point; are we behind it; zeros that may be at the end
	i := 0
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '.':
			fraction = true
			continue
		case c == '-':
			continue
		case c < '0' || c > '9':
			s.exp = exponent(text[i+1:])
			i = len(text)
			continue
		}
		leading := len(s.digits) == 0 && c == '0'
		switch {
		case !fraction && !leading:
			point++
		case fraction && leading:
			point--
		}
		switch {
		case leading:
		case c == '0':
			zeros++
		default:
			for ; zeros > 0 && len(s.digits) < 18; zeros-- {
				s.digits = append(s.digits, '0')
			}
			zeros = 0
			if len(s.digits) < 18 {
				s.digits = append(s.digits, c)
			}
		}
	}
	if len(s.digits) == 0 {
		return scientific{}
	}
	s.exp += point
	return s
}

// exponent reads what stands behind the e.
func exponent(text []byte) (n int) {
	negative := false
	for _, c := range text {
		switch {
		case c == '-':
			negative = true
		case c != '+' && n < farAway/10:
			n = 10*n + int(c-'0')
		}
	}
	if negative {
		return -n
	}
	return n
}
