package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

type verb uint8

const (
	verbSubscribe verb = iota + 1
	verbUnsubscribe
	verbPing
	verbPublish
	verbRefresh
	verbConfigure
)

// request is what a client asks for. Its slices alias the message.
type request struct {
	verb     verb
	id       []byte // JSON: a string or an integer; nil: none
	channels []byte // JSON: a string, or an array of one to MaxBatch strings; nil for ping and refresh

	subscription        // of subscribe
	publication         // of publish
	token        []byte // JSON: a string; of refresh
}

// names yields the channels of a request, as JSON strings. It takes no request, which would be moved to the heap
// for it.
func names(channels []byte) iter.Seq[[]byte] {
	if channels[0] == '[' {
		return elements(channels)
	}
	return func(yield func([]byte) bool) { yield(channels) }
}

// maxValid is the depth above which json.Valid refuses whatever it is given.
const maxValid = 10_000

// beyondValid tells whether p, which may be anything, is nested deeper than json.Valid looks.
func beyondValid(p []byte) bool {
	deep, inString := 0, false
	for i := 0; i < len(p) && deep <= maxValid; i++ {
		switch c := p[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			deep++
		case c == '}' || c == ']':
			deep--
		}
	}
	return deep > maxValid
}

func tooDeep(d int) *fault {
	return &fault{CodeBadRequest, fmt.Sprintf("the JSON is nested %d deep; at most %d is allowed", d, MaxDepth)}
}

// parse reads a request. With a fault, the request has nothing but the id, for the answer,
// and that only if it is a good one.
func parse(p []byte, maxBytes int) (request, *fault) {
	return parseAs(p, maxBytes, nil)
}

// parseAs is parse for a request whose type is kind, a JSON string, if it has none.
func parseAs(p []byte, maxBytes int, kind []byte) (request, *fault) {
	if maxBytes > 0 && len(p) > maxBytes {
		return request{}, &fault{CodeTooBig, fmt.Sprintf("a request has at most %d bytes; this one has %d", maxBytes, len(p))}
	}
	if !json.Valid(p) {
		if beyondValid(p) {
			return request{}, tooDeep(maxValid + 1)
		}
		return request{}, &fault{CodeBadJSON, notJSON(p)}
	}
	p = p[skipSpace(p, 0):]
	if p[0] != '{' {
		return request{}, &fault{CodeBadJSON, "the message is not a JSON object"}
	}
	if d := depth(p); d > MaxDepth {
		return request{}, tooDeep(d)
	}
	t, flt := take(p)
	if t.id != nil && !goodID(t.id) {
		return request{}, &fault{CodeBadID, fmt.Sprintf("id must be a string of at most %d bytes or an integer of at most %d digits", MaxIDBytes, MaxIDDigits)}
	}
	if flt != nil {
		return request{id: t.id}, flt
	}
	if t.kind == nil {
		t.kind = kind
	}
	r, flt := t.request()
	if flt != nil {
		return request{id: t.id}, flt
	}
	return r, nil
}

// notJSON says where p stops being JSON. The text of encoding/json's error, which would say how, is
// another one from release to release.
func notJSON(p []byte) string {
	var raw json.RawMessage
	at := int64(len(p))
	if e := (*json.SyntaxError)(nil); errors.As(json.Unmarshal(p, &raw), &e) {
		at = e.Offset
	}
	return fmt.Sprintf("the message is not valid JSON: the fault is at or before byte %d", at)
}
