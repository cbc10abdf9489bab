package engine

import (
	"strings"
	"testing"
)

// An offence is answered at its own byte, not at the end of the head: next says where.
func TestScanHeadEarly(t *testing.T) {
	for _, row := range []struct {
		name string
		in   string
		at   int // bytes that had to arrive
		want int
	}{
		{"control character: at once", "\x16\x03\x01", 0, 400},
		{"bare LF: at once", "GET / HTTP/1.1\n", len("GET / HTTP/1.1"), 400},
		{"bare CR: at the byte behind it", "GET / HTTP/1.1\rX", len("GET / HTTP/1.1\r"), 400},
		{"fold: at its whitespace", "GET / HTTP/1.1\r\nA: b\r\n c", len("GET / HTTP/1.1\r\nA: b\r\n"), 400},
		{"version: at the end of the request line", "GET / HTTP/2.0\r\nA: b", len("GET / HTTP/2.0\r\n"), 505},
		{"name: at the end of its line", "GET / HTTP/1.1\r\nA : b\r\nC", len("GET / HTTP/1.1\r\nA : b\r\n"), 400},
		{"size: with the last byte allowed", strings.Repeat("x", 8192), 8192, 431},
		{"size: the rest is not looked at", strings.Repeat("x", 8192) + "\x00", 8192, 431},
	} {
		n, next, err := scanHead([]byte(row.in), 0, headLimits{})
		if n != 0 || next != row.at || err == nil || err.Status != row.want {
			t.Errorf("%s: n %d, next %d, err %v; want next %d, status %d", row.name, n, next, err, row.at, row.want)
		}
		if row.at == 0 {
			continue
		}
		before := min(row.at, len(row.in)-1)
		if n, _, err := scanHead([]byte(row.in[:before-1]), 0, headLimits{}); n != 0 || err != nil {
			t.Errorf("%s: refused too early: %v", row.name, err)
		}
	}
}

func TestScanHeadLimits(t *testing.T) {
	in := head("GET / HTTP/1.1", "A: 1", "B: 2")
	for _, row := range []struct {
		name string
		lim  headLimits
		want int // 0: complete
	}{
		{"exactly the bytes", headLimits{maxBytes: len(in)}, 0},
		{"a byte less", headLimits{maxBytes: len(in) - 1}, 431},
		{"one byte", headLimits{maxBytes: 1}, 431},
		{"exactly the fields", headLimits{maxFields: 2}, 0},
		{"a field less", headLimits{maxFields: 1}, 431},
		{"zero is the default", headLimits{}, 0},
		{"negative is the default", headLimits{-1, -1}, 0},
	} {
		n, _, err := scanHead([]byte(in), 0, row.lim)
		if row.want == 0 && (err != nil || n != len(in)) || row.want != 0 && (err == nil || err.Status != row.want) {
			t.Errorf("%s: n %d, err %v", row.name, n, err)
		}
	}
}

// An empty buffer is no offence, and neither is asking again with nothing new.
func TestScanHeadNothingNew(t *testing.T) {
	in := []byte("GET / HTTP/1.1\r\nHost: a\r\n\r")
	next := 0
	for range 3 {
		n, again, err := scanHead(in, next, headLimits{})
		if n != 0 || err != nil || again != len(in) {
			t.Fatalf("n %d, next %d, err %v", n, again, err)
		}
		next = again
	}
	if n, next, err := scanHead(nil, 0, headLimits{}); n != 0 || next != 0 || err != nil {
		t.Fatalf("empty: n %d, next %d, err %v", n, next, err)
	}
	if n, _, err := scanHead(append(in, '\n'), next, headLimits{}); n != len(in)+1 || err != nil {
		t.Fatalf("completed: n %d, err %v", n, err)
	}
}

// Every byte value, in the three places where it matters, against the grammars of RFC 9110 5.6.2 (tchar)
// and 5.5 (field-vchar / SP / HTAB), written out here a second time.
func TestScanHeadEveryByte(t *testing.T) {
	const tchar = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for c := range 256 {
		b := string([]byte{byte(c)})
		token := strings.Contains(tchar, b)
		for _, row := range []struct {
			where string
			in    string
			ok    bool
		}{
			{"method", head("G" + b + "T / HTTP/1.1"), token},
			{"name", head(hGet, "X"+b+"Y: 1"), token || c == ':'},
			{"value", head(hGet, "X: a"+b+"b"), c == '\t' || c >= ' ' && c != 0x7f},
			{"target", head("GET /a" + b + "b HTTP/1.1"), c > ' ' && c < 0x7f && c != '#'},
		} {
			n, _, err := scanHead([]byte(row.in), 0, headLimits{})
			if ok := err == nil && n == len(row.in); ok != row.ok {
				t.Errorf("%q in a %s: accepted %v (n %d, err %v)", b, row.where, ok, n, err)
			}
		}
	}
}
