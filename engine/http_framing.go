package engine

import (
	"bytes"
	"sync/atomic"
)

// framing watches the bytes of a connection with net/http for requests whose end two servers could see in different places. RFC 9112
// 6.1: a server that takes a request with both Content-Length and Transfer-Encoding "MUST close the connection after
// responding to such a request to avoid the potential attacks", and likewise after one of HTTP/1.0 with
// Transfer-Encoding. net/http goes on, and removes the fields before a handler could see them.
//
// It looks at lines, not at messages: what stands in a body may be taken for a field. Then a connection ends that could have gone on.
type framing struct {
	start   [len("transfer-encoding:")]byte // how the line begins, in small letters
	n       int                             // of it; more than it has room for: the rest of the line does not count
	length  bool                            // a Content-Length since the last empty line
	coding  bool                            // a Transfer-Encoding
	both    atomic.Bool                     // both at some time
	encoded atomic.Bool                     // a Transfer-Encoding at some time
}

// watch looks at the next bytes. Only one goroutine reads at a time.
func (f *framing) watch(p []byte) {
	for len(p) > 0 {
		if f.n > len(f.start) {
			i := bytes.IndexByte(p, '\n')
			if i < 0 {
				return
			}
			p, f.n = p[i+1:], 0
			continue
		}
		b := p[0]
		p = p[1:]
		switch {
		case b == '\n':
			if f.n == 0 {
				f.length, f.coding = false, false
			}
			f.n = 0
		case b == '\r':
		case f.n == len(f.start):
			f.n++
		default:
			if b >= 'A' && b <= 'Z' {
				b += 'a' - 'A'
			}
			f.start[f.n] = b
			if f.n++; b == ':' {
				f.field()
			}
		}
	}
}

// field looks at a name that is complete, and passes over the rest of its line.
func (f *framing) field() {
	switch string(f.start[:f.n]) {
	case "content-length:":
		f.length = true
	case "transfer-encoding:":
		f.coding = true
		f.encoded.Store(true)
	}
	if f.length && f.coding {
		f.both.Store(true)
	}
	f.n = len(f.start) + 1
}

// doubtful tells whether the connection must end with the answer to a request that came on it. chunked and old say what it is.
func (f *framing) doubtful(chunked, old bool) bool {
	return chunked && f.both.Load() || old && f.encoded.Load()
}
