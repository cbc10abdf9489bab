package msgpack

import (
	"encoding/json"

	"github.com/tinylib/msgp/msgp"
)

// maxDepth is how deep a value may be nested, as in encoding/json.
const maxDepth = 10_000

// AppendJSON appends the JSON value that text is as MessagePack, and returns the longer slice. If text is not JSON (RFC 8259), it
// returns dst as it was, and false. It allocates only for strings with escapes. Any goroutine may call it.
func AppendJSON(dst, text []byte) (_ []byte, ok bool) {
	w := writer{dst: dst, in: text}
	w.space()
	if !w.value(0) {
		return dst, false
	}
	if w.space(); w.at != len(w.in) {
		return dst, false
	}
	return w.dst, true
}

type writer struct {
	dst []byte
	in  []byte
	at  int // in in
}

func (w *writer) space() {
	for w.at < len(w.in) && (w.in[w.at] == ' ' || w.in[w.at] == '\n' || w.in[w.at] == '\t' || w.in[w.at] == '\r') {
		w.at++
	}
}

// next returns the byte under way, 0 at the end, which no JSON has outside of strings.
func (w *writer) next() byte {
	if w.at < len(w.in) {
		return w.in[w.at]
	}
	return 0
}

// value writes the value that begins here; false: there is none.
func (w *writer) value(depth int) bool {
	switch c := w.next(); c {
	case '"':
		return w.str()
	case '{':
		return w.several(depth, '}')
	case '[':
		return w.several(depth, ']')
	case 't':
		return w.literal("true", 0xc3)
	case 'f':
		return w.literal("false", 0xc2)
	case 'n':
		return w.literal("null", 0xc0)
	default:
		return w.number()
	}
}

func (w *writer) literal(word string, packed byte) bool {
	if len(w.in)-w.at < len(word) || string(w.in[w.at:w.at+len(word)]) != word {
		return false
	}
	w.at += len(word)
	w.dst = append(w.dst, packed)
	return true
}

// several writes an array or an object. Its length is known at its end only: most have few elements, and the one byte for that is there
// already; others have what follows moved, at most once for each level they are deep in.
func (w *writer) several(depth int, end byte) bool {
	if depth++; depth > maxDepth {
		return false
	}
	head := len(w.dst)
	w.dst = append(w.dst, 0)
	w.at++
	n := uint32(0)
	if w.space(); w.next() == end {
		w.at++
	} else {
		for ; ; w.space() {
			if end == '}' && !w.key() {
				return false
			}
			if !w.value(depth) {
				return false
			}
			n++
			w.space()
			c := w.next()
			w.at++
			if c == end {
				break
			}
			if c != ',' {
				return false
			}
		}
	}
	w.head(head, n, end == '}')
	return true
}

// key writes a key, and gets over the colon.
func (w *writer) key() bool {
	if w.next() != '"' || !w.str() {
		return false
	}
	if w.space(); w.next() != ':' {
		return false
	}
	w.at++
	w.space()
	return true
}

// head puts the head of n elements in front of them, where a byte is kept for it.
func (w *writer) head(at int, n uint32, isMap bool) {
	var room [5]byte
	h := msgp.AppendArrayHeader(room[:0], n)
	if isMap {
		h = msgp.AppendMapHeader(room[:0], n)
	}
	if more := len(h) - 1; more > 0 {
		w.dst = append(w.dst, room[:more]...)
		copy(w.dst[at+len(h):], w.dst[at+1:len(w.dst)-more])
	}
	copy(w.dst[at:], h)
}

// str writes the string that begins here.
func (w *writer) str() bool {
	begin := w.at
	for i, escaped := begin+1, false; i < len(w.in); i++ {
		switch c := w.in[i]; {
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return false
		case c != '"':
		case !escaped:
			w.dst = msgp.AppendStringFromBytes(w.dst, w.in[begin+1:i])
			w.at = i + 1
			return true
		default:
			var s string
			if json.Unmarshal(w.in[begin:i+1], &s) != nil {
				return false
			}
			w.dst = msgp.AppendString(w.dst, s)
			w.at = i + 1
			return true
		}
	}
	return false
}
