package engine

import (
	"bufio"
	"bytes"
	"net/http"
	"reflect"
	"testing"
)

// What parsePlain reads itself must be what net/http makes of it; and the heads that people send must be among that.
func TestParsePlain(t *testing.T) {
	for _, row := range []struct {
		name  string
		head  string
		plain bool
	}{
		{"browser", string(chromeHead), true},
		{"minimal", string(shortHead), true},
		{"repeated field", with("X-A: 1", "Cookie: a=b", "x-a: 2"), true},
		{"empty value", with("X-A:", "X-B: \t "), true},
		{"pragma alone", with("Pragma: no-cache"), true},
		{"pragma and cache-control", with("Pragma: no-cache", "Cache-Control: max-age=0"), true},
		{"another pragma", with("Pragma: x"), true},
		{"percent and query", head("GET /a%20b?c=%2F&d HTTP/1.1", hHost, hUpgrade, hConn, hKey, hVersion), true},
		{"close", with("Connection: close"), false},
		{"length", with("Content-Length: 0"), false},
		{"chunked", with("Transfer-Encoding: chunked"), false},
		{"trailer", with("Trailer: X-A"), false},
		{"two slashes", head("GET //a/b HTTP/1.1", hHost), true},
		{"absolute", head("GET http://a/b HTTP/1.1", hHost), false},
		{"post", head("POST / HTTP/1.1", hHost), false},
		{"old", head("GET / HTTP/1.0", hHost), false},
		{"bad escape", head("GET /%zz HTTP/1.1", hHost), false},
	} {
		ours := parsePlain([]byte(row.head))
		if (ours != nil) != row.plain {
			t.Errorf("%s: read here: %v", row.name, ours != nil)
		}
		if ours == nil {
			continue
		}
		theirs, err := http.ReadRequest(bufio.NewReader(bytes.NewReader([]byte(row.head))))
		if err != nil {
			t.Fatalf("%s: net/http: %v", row.name, err)
		}
		if !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%s:\nours   %+v\ntheirs %+v", row.name, ours, theirs)
		}
	}
}

// An application that appends to one field's values must not write into another's.
func TestParsePlainValuesAreApart(t *testing.T) {
	r := parsePlain([]byte(with("X-A: 1", "X-B: 2")))
	_ = append(r.Header["X-A"], "overwritten")
	if got := r.Header["X-B"]; len(got) != 1 || got[0] != "2" {
		t.Errorf("X-B is %q", got)
	}
}
