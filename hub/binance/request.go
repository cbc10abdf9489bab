package binance

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// failure is an error as the exchange tells it.
type failure struct {
	code int
	text string
}

// Error returns the text, as in "msg".
func (f *failure) Error() string { return f.text }

// The codes of the exchange's document.
const (
	codeProperty = 0 // a property that there is not
	codeType     = 1 // a value of the wrong type
	codeRequest  = 2 // a request that makes no sense
	codeJSON     = 3 // no JSON
)

func invalid(format string, args ...any) *failure {
	return &failure{codeRequest, "Invalid request: " + fmt.Sprintf(format, args...)}
}

// request is what a client sends. Pointers and raw values tell what is missing from what is null.
type request struct {
	Method *json.RawMessage `json:"method"`
	Params json.RawMessage  `json:"params"`
	ID     json.RawMessage  `json:"id"`
}

// request carries out one message of the client.
func (n *Session) request(p []byte) {
	id, result, err := n.carryOut(p)
	if err != nil {
		n.streams.errors.Add(1)
		f := (*failure)(nil)
		if !errors.As(err, &f) {
			f = invalid("%v", err)
		}
		n.answer(appendFailure(nil, f, id))
		return
	}
	n.answer(appendResult(nil, result, id))
}

// carryOut returns the id as it was written, nil if there is none that can be sent back, and the JSON of the result.
func (n *Session) carryOut(p []byte) (id, result []byte, err error) {
	if len(p) > MaxRequest {
		return nil, nil, invalid("it has %d bytes; at most %d are allowed", len(p), MaxRequest)
	}
	var r request
	if err := json.Unmarshal(p, &r); err != nil {
		return nil, nil, unreadable(err)
	}
	if !goodID(r.ID) {
		return nil, nil, invalid("request ID must be an unsigned integer")
	}
	if r.Method == nil {
		return r.ID, nil, invalid("missing field method")
	}
	var method string
	if json.Unmarshal(*r.Method, &method) != nil {
		return r.ID, nil, invalid("method must be a string")
	}
	result, err = n.do(method, r.Params)
	return r.ID, result, err
}

func unreadable(err error) *failure {
	if se := (*json.SyntaxError)(nil); errors.As(err, &se) {
		return &failure{codeJSON, "Invalid JSON: the fault is at or before byte " + strconv.FormatInt(se.Offset, 10)}
	}
	return invalid("it must be an object with method, params and id")
}

// goodID tells whether id is what the exchange takes: an unsigned integer, null, or a short string of letters, digits and -.
func goodID(id json.RawMessage) bool {
	switch {
	case len(id) == 0:
		return false
	case string(id) == "null":
		return true
	case id[0] != '"':
		_, err := strconv.ParseUint(string(id), 10, 64)
		return err == nil
	case len(id) > 38: // 36 and the quotes
		return false
	}
	for _, c := range id[1 : len(id)-1] {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '-' {
			return false
		}
	}
	return true
}

func (n *Session) do(method string, params json.RawMessage) (result []byte, err error) {
	switch method {
	case "SUBSCRIBE", "UNSUBSCRIBE":
		var streams []string
		if err := json.Unmarshal(params, &streams); err != nil || streams == nil {
			return nil, invalid("params must be an array of streams")
		}
		return []byte("null"), n.change(method == "SUBSCRIBE", streams)
	case "LIST_SUBSCRIPTIONS":
		names := n.names()
		if names == nil {
			names = []string{}
		}
		return json.Marshal(names)
	case "SET_PROPERTY", "GET_PROPERTY":
		return n.property(method == "SET_PROPERTY", params)
	}
	return nil, invalid("unknown variant %.32q, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`", method)
}

// change subscribes or unsubscribes. To leave a stream that one does not have is fine.
func (n *Session) change(in bool, streams []string) error {
	if !in {
		for _, name := range streams {
			if n.streams.hub.Leave(n.conn.Loop(), n, name) == nil {
				n.release(name)
			}
		}
		return nil
	}
	for _, name := range streams { // all or none of those that one may not have
		if !n.streams.permit(n.user, name) {
			return invalid("you may not have the stream %.64q", name)
		}
	}
	for _, name := range streams {
		if err := n.subscribe(name); err != nil {
			return err
		}
	}
	return nil
}

func (n *Session) property(set bool, params json.RawMessage) (result []byte, err error) {
	var p []json.RawMessage
	if err := json.Unmarshal(params, &p); err != nil || len(p) == 0 {
		return nil, invalid("params must be an array that begins with the name of a property")
	}
	want := 1
	if set {
		want = 2
	}
	if len(p) > want {
		return nil, invalid("too many parameters")
	}
	var name string
	if json.Unmarshal(p[0], &name) != nil {
		return nil, invalid("property name must be a string")
	}
	if name != "combined" {
		return nil, &failure{codeProperty, "Unknown property"}
	}
	if !set {
		return strconv.AppendBool(nil, n.combined), nil
	}
	if len(p) < want || json.Unmarshal(p[1], &n.combined) != nil || string(p[1]) == "null" {
		return nil, &failure{codeType, "Invalid value type: expected Boolean"}
	}
	return []byte("null"), nil
}
