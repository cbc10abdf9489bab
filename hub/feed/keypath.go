package feed

import (
	"errors"
	"fmt"

	"github.com/tidwall/gjson"
)

// ErrKeyPath is wrapped by the error of [KeyPath].
var ErrKeyPath = errors.New("feed: not a path to a key")

// KeyPath returns a func for hub.ChannelOptions.Key that takes the key of a message out of its JSON: path is names of fields and
// numbers of array elements, separated by dots, such as "s" or "data.instrument.0". The key is the string that stands there, or the number,
// true or false as it is written; empty if there is nothing, null, an array or an object, or more than [MaxKeyBytes] bytes. The
// error wraps [ErrKeyPath]. Any goroutine may call the func.
func KeyPath(path string) (func(data []byte) string, error) {
	if path == "" || path[0] == '.' || path[len(path)-1] == '.' {
		return nil, fmt.Errorf("%w: %.64q; write names separated by dots, such as s or data.symbol", ErrKeyPath, path)
	}
	for i := range len(path) {
		if c := path[i]; !pathByte(c) || c == '.' && path[i-1] == '.' {
			return nil, fmt.Errorf("%w: %.64q, byte %q at offset %d; write letters, digits, _ and -, with dots between names", ErrKeyPath, path, c, i)
		}
	}
	return func(data []byte) string {
		v := gjson.GetBytes(data, path)
		switch {
		case v.IsObject(), v.IsArray(), v.Type == gjson.Null:
			return ""
		case len(v.Raw) > MaxKeyBytes+2: // a string has two quotes
			return ""
		case v.Type == gjson.Number: // as it is written: 1e3 is not 1000, and nothing is rounded
			return v.Raw
		}
		return v.String()
	}, nil
}

// pathByte leaves out what has a meaning of its own to the library: queries, modifiers and wild cards would make the cost of
// a path depend on more than the length of a message.
func pathByte(c byte) bool {
	return c == '.' || c == '_' || c == '-' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
