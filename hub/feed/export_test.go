package feed

import (
	"io"
	"unsafe"
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
	LeaseSize = unsafe.Sizeof(lease{})
)

// HasRare reports whether s holds more than what every session does.
func HasRare(s *Session) bool { return s.rare != nil }

// Leases counts the sessions whose time is limited.
func (f *Feed) Leases() (n int) {
	f.leases.Range(func(_, q any) bool { n += len(*q.(*leases)); return true })
	return n
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
