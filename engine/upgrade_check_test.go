package engine

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
)

// errNotUpgrade marks the requests that were never meant for us, and only those.
func TestErrNotUpgrade(t *testing.T) {
	for _, row := range []struct {
		name  string
		in    string
		never bool
	}{
		{"a page", head("GET / HTTP/1.1", hHost, "Connection: keep-alive"), true},
		{"a page over HTTP/1.0", head("GET / HTTP/1.0"), true},
		{"a form", head("POST / HTTP/1.1", hHost, "Content-Length: 3"), true},
		{"another upgrade", head(hGet, hHost, "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABk"), true},
		{"HEAD", head("HEAD / HTTP/1.1", hHost), true},
		{"Upgrade token alone", head(hGet, hHost, hUpgrade), false},
		{"Upgrade lost to a proxy", without("Upgrade"), false},
		{"Upgrade and Connection lost to a proxy", head(hGet, hHost, hKey, hVersion), false},
		{"version alone", head(hGet, hHost, hVersion), false},
		{"handshake by POST", without("GET", "POST / HTTP/1.1"), false},
		{"wrong version", without("Sec-WebSocket-Version"), false},
	} {
		r, herr := parseHead([]byte(row.in[:headLen(t, row.in)]))
		if herr != nil {
			t.Fatalf("%s: %v", row.name, herr)
		}
		_, herr = checkUpgrade(r)
		if herr == nil || errors.Is(herr, errNotUpgrade) != row.never {
			t.Errorf("%s: %v", row.name, herr)
		}
	}
}

func headLen(t *testing.T, in string) int {
	t.Helper()
	n, _, err := scanHead([]byte(in), 0, headLimits{})
	if n == 0 || err != nil {
		t.Fatalf("%q: n %d, err %v", in, n, err)
	}
	return n
}

// Requests from a net/http server have not been through parseHead.
func TestCheckUpgradeOfNetHTTP(t *testing.T) {
	request := func() *http.Request {
		r := httptest.NewRequest("GET", "http://server.example.com/chat", nil)
		r.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"},
			"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
		return r
	}
	if key, err := checkUpgrade(request()); err != nil || key != "dGhlIHNhbXBsZSBub25jZQ==" {
		t.Fatalf("key %q, err %v", key, err)
	}
	for _, row := range []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"HTTP/2", func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = 2, 0 }, 505},
		{"HTTP/0.9", func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = 0, 9 }, 400},
		{"no Host", func(r *http.Request) { r.Host = "" }, 400},
		{"body of unknown length", func(r *http.Request) { r.ContentLength = -1 }, 400},
		{"chunked", func(r *http.Request) { r.TransferEncoding = []string{"chunked"} }, 400},
		{"HEAD", func(r *http.Request) { r.Method = "HEAD" }, 405},
	} {
		r := request()
		row.change(r)
		key, err := checkUpgrade(r)
		if err == nil || err.Status != row.want || key != "" {
			t.Errorf("%s: key %q, err %v", row.name, key, err)
		}
	}
}

func TestHasToken(t *testing.T) {
	for _, row := range []struct {
		lines []string
		want  bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{","}, false},
		{[]string{"upgrade"}, true},
		{[]string{"a", "b, \tUPGRADE\t ,c"}, true},
		{[]string{"upgrade2", "xupgrade", "up grade", "upgrade;q=1", `"upgrade"`}, false},
	} {
		if got := hasToken(row.lines, "upgrade"); got != row.want {
			t.Errorf("hasToken(%q) = %v", row.lines, got)
		}
	}
}
