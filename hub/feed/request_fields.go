package feed

import (
	"fmt"
)

// taken are the fields that mean something, as they stand in the message. All others are
// ignored, so that clients for a later version of the protocol can talk to this one.
type taken struct {
	kind, id, channel, channels, since, maxHz, data, key, ts, snapshot, gap, token []byte
}

func take(p []byte) (t taken, flt *fault) {
	repeatedID := false
	for key, value := range fields(p) {
		var field *[]byte
		// Keys are compared letter for letter: RFC 8259 8.3 makes strings equal whose
		// code units are, once escapes are undone.
		switch name := unquoteKey(key); string(name) {
		case "type":
			field = &t.kind
		case "id":
			field = &t.id
		case "channel":
			field = &t.channel
		case "channels":
			field = &t.channels
		case "maxHz":
			field = &t.maxHz
		case "data":
			field = &t.data
		case "key":
			field = &t.key
		case "ts":
			field = &t.ts
		case "since":
			field = &t.since
		case "snapshot":
			field = &t.snapshot
		case "gap":
			field = &t.gap
		case "token":
			field = &t.token
		default:
			continue
		}
		if *field != nil {
			// RFC 8259 4: "When the names within an object are not unique, the behavior of
			// software that receives such an object is unpredictable." This one refuses.
			repeatedID = repeatedID || field == &t.id
			flt = &fault{CodeBadRequest, fmt.Sprintf("%s is given more than once", unquoteKey(key))}
			continue
		}
		*field = value
	}
	if repeatedID {
		t.id = nil // which one would it be?
	}
	return t, flt
}

// unquoteKey is unquote without an allocation for the usual keys.
func unquoteKey(key []byte) []byte {
	for _, c := range key {
		if c == '\\' {
			return []byte(unquote(key))
		}
	}
	return key[1 : len(key)-1]
}

func (t *taken) request() (request, *fault) {
	r := request{id: t.id}
	switch {
	case t.kind == nil:
		return r, &fault{CodeBadRequest, "type is missing"}
	case t.kind[0] != '"':
		return r, &fault{CodeBadRequest, "type must be a string"}
	}
	switch string(unquoteKey(t.kind)) {
	case "ping":
		r.verb = verbPing
		return r, nil
	case "subscribe":
		r.verb = verbSubscribe
	case "unsubscribe":
		r.verb = verbUnsubscribe
	case "configure":
		r.verb = verbConfigure
		if t.maxHz == nil {
			return r, &fault{CodeBadRequest, "maxHz is missing"}
		}
	case "publish":
		r.verb = verbPublish
		var flt *fault
		r.channels, r.publication, flt = t.publish()
		return r, flt
	case "refresh":
		r.verb, r.token = verbRefresh, t.token
		return r, t.badToken()
	default:
		return r, &fault{CodeUnknownType, "type must be subscribe, unsubscribe, configure, publish, refresh or ping"}
	}
	var flt *fault
	if r.channels, flt = t.targets(); flt == nil && r.verb != verbUnsubscribe {
		r.subscription, flt = t.subscription()
	}
	return r, flt
}

// targets returns the channels as request.channels has them.
func (t *taken) targets() ([]byte, *fault) {
	switch {
	case t.channel == nil && t.channels == nil:
		return nil, &fault{CodeBadRequest, "channel or channels is missing"}
	case t.channel != nil && t.channels != nil:
		return nil, &fault{CodeBadRequest, "channel and channels are both given; one of them is enough"}
	case t.channel != nil && t.channel[0] != '"':
		return nil, &fault{CodeBadRequest, "channel must be a string"}
	case t.channel != nil:
		return t.channel, nil
	case t.channels[0] != '[':
		return nil, &fault{CodeBadRequest, "channels must be an array of strings"}
	}
	n := 0
	for e := range elements(t.channels) {
		if e[0] != '"' {
			return nil, &fault{CodeBadRequest, "channels must be an array of strings"}
		}
		if n++; n > MaxBatch {
			return nil, &fault{CodeBadRequest, fmt.Sprintf("channels has more than %d entries; send several requests", MaxBatch)}
		}
	}
	if n == 0 {
		return nil, &fault{CodeBadRequest, "channels is empty"}
	}
	return t.channels, nil
}

// goodID says whether id, a JSON value, may be sent back: a short string or integer.
func goodID(id []byte) bool {
	if id[0] == '"' {
		return len(id) <= MaxIDBytes+2
	}
	digits := id
	if id[0] == '-' {
		digits = id[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(digits) <= MaxIDDigits
}
