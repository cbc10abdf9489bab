package feed

import (
	"io"
	"time"
	"unsafe"

	"github.com/weir-ws/weir/hub"
)

// MaxLater lets a test fill the list of requests that wait for a join.
const MaxLater = maxLater

// Parse lets a benchmark parse without a connection.
func Parse(p []byte) bool {
	_, flt := parse(p, DefaultMaxRequest)
	return flt == nil
}

// RareSize and LeaseSize are what a user, and an end of its time, cost a session.
const (
	RareSize  = unsafe.Sizeof(rare{})
	LeaseSize = unsafe.Sizeof(sessionLease{})
)

// HasRare reports whether s holds more than what every session does.
func HasRare(s *Session) bool { return s.rare != nil }

// Leases counts the sessions whose time is limited.
func (f *Feed) Leases() (n int) {
	return f.leases.Len()
}

// Lines splits r as a batch is split.
func Lines(r io.Reader, max int) (lines []string, long int, err error) {
	for l := newLineReader(r, max); ; {
		p, err := l.next()
		switch {
		case err == errLongLine:
			long++
		case err != nil:
			return lines, long, err
		default:
			lines = append(lines, string(p))
		}
	}
}

// Slow counts the loops on which something is held.
func Slow(f *Feed) (n int) {
	f.slow.Range(func(any, any) bool { n++; return true })
	return n
}

// EncodingsNow is what time it is for Encodings, in ns since 1970.
const EncodingsNow = 1723161254088064536

// Encodings are those of messages, by name.
func Encodings() map[string]hub.Encoding {
	now := func() time.Time { return time.Unix(0, EncodingsNow) }
	return map[string]hub.Encoding{
		"json": jsonMessage, "json+times": &envelope{now: now}, "json shown": jsonShown,
		"msgpack": packedMessage, "msgpack+times": &envelope{packed: true, now: now}, "msgpack shown": packedShown,
	}
}
