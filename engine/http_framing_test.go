package engine

import "testing"

// However a stream is cut into reads, the same requests are noticed.
func TestFraming(t *testing.T) {
	const te, cl = "Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\n"
	for _, row := range []struct {
		name, in      string
		both, encoded bool
	}{
		{"neither", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", false, false},
		{"a length", "POST / HTTP/1.1\r\nHost: a\r\n" + cl + "\r\nabcde", false, false},
		{"chunks", "POST / HTTP/1.1\r\n" + te + "\r\n0\r\n\r\n", false, true},
		{"both", "POST / HTTP/1.1\r\n" + te + "Host: a\r\n" + cl + "\r\n0\r\n\r\n", true, true},
		{"both, the other way", "POST / HTTP/1.1\r\n" + cl + te + "\r\n0\r\n\r\n", true, true},
		{"in another case", "POST / HTTP/1.1\ntransfer-ENCODING:chunked\ncontent-LENGTH:5\n\n", true, true},
		{"in two requests", "POST / HTTP/1.1\r\n" + cl + "\r\nabcdePOST / HTTP/1.1\r\n" + te + "\r\n0\r\n\r\n", false, true},
		{"in the second of two", "GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\n" + te + cl + "\r\n0\r\n\r\n", true, true},
		{"as values", "GET / HTTP/1.1\r\nX: transfer-encoding:\r\nY: Content-Length: 5\r\n\r\n", false, false},
		{"as parts of names", "GET / HTTP/1.1\r\nX-Transfer-Encoding: a\r\nTransfer-Encodings: a\r\nContent-Length-X: 5\r\n\r\n", false, false},
		{"lines of a body, to be on the safe side", "POST / HTTP/1.1\r\n" + te + "\r\n12\r\n\n" + te + cl + "\r\n0\r\n\r\n", true, true},
	} {
		for cut := range len(row.in) {
			var f framing
			f.watch([]byte(row.in[:cut]))
			f.watch([]byte(row.in[cut:]))
			if f.both.Load() != row.both || f.encoded.Load() != row.encoded {
				t.Fatalf("%s, cut at %d: both %v, encoded %v", row.name, cut, f.both.Load(), f.encoded.Load())
			}
		}
	}
}
