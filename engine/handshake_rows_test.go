package engine

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// head joins lines to a request head.
func head(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" }

// what a client adds to a GET to make it a handshake; every line of it is needed.
const (
	hHost    = "Host: server.example.com"
	hUpgrade = "Upgrade: websocket"
	hConn    = "Connection: Upgrade"
	hKey     = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
	hVersion = "Sec-WebSocket-Version: 13"
	hGet     = "GET /chat HTTP/1.1"
)

// with is a correct handshake and some lines more.
func with(lines ...string) string {
	return head(append([]string{hGet, hHost, hUpgrade, hConn, hKey, hVersion}, lines...)...)
}

// without is a correct handshake in which the line that starts with prefix is replaced.
func without(prefix string, instead ...string) string {
	var lines []string
	for _, l := range []string{hGet, hHost, hUpgrade, hConn, hKey, hVersion} {
		if strings.HasPrefix(l, prefix) {
			lines = append(lines, instead...)
		} else {
			lines = append(lines, l)
		}
	}
	return head(lines...)
}

// handshakeRows is the Handshake table of EDGE.md: what arrives, and the status it gets.
var handshakeRows = []struct {
	name   string
	in     string
	status int // 101: accepted
	says   string
}{
	{"RFC 6455 1.2's example", head(
		"GET /chat HTTP/1.1",
		"Host: server.example.com",
		"Upgrade: websocket",
		"Connection: Upgrade",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
		"Origin: http://server.example.com",
		"Sec-WebSocket-Protocol: chat, superchat",
		"Sec-WebSocket-Version: 13"), 101, ""},
	{"Firefox's header order and lists", head(
		"GET /feed?x=a|b{c}^`d HTTP/1.1", // browsers leave these bare in a query
		"Host: localhost:8080",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		"Accept: */*",
		"Accept-Encoding: gzip, deflate, br, zstd",
		"Sec-WebSocket-Version: 13",
		"Origin: http://localhost:8080",
		"Sec-WebSocket-Extensions: permessage-deflate",
		"Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==", // RFC 6455 4.1's own example: unused bits set
		"Connection: keep-alive, Upgrade",
		"Pragma: no-cache",
		"Cache-Control: no-cache",
		"Upgrade: websocket"), 101, ""},

	// Method.
	{"POST", without("GET", "POST /chat HTTP/1.1"), 405, "GET"},
	{"HEAD", without("GET", "HEAD /chat HTTP/1.1"), 405, "GET"},
	{"lower case get is another method", without("GET", "get /chat HTTP/1.1"), 405, "GET"},
	{"CONNECT", without("GET", "CONNECT server.example.com:80 HTTP/1.1"), 405, "GET"},
	{"OPTIONS *", without("GET", "OPTIONS * HTTP/1.1"), 405, "GET"},
	{"POST with a body", head("POST / HTTP/1.1", hHost, "Content-Length: 5") + "hello", 405, "GET"},

	// Version.
	{"HTTP/1.0", without("GET", "GET /chat HTTP/1.0"), 400, "HTTP/1.1"},
	{"HTTP/1.0 needs no Host to be told so", head("GET / HTTP/1.0"), 400, "HTTP/1.1"},
	{"HTTP/0.9", without("GET", "GET /chat HTTP/0.9"), 400, "no such version"},
	{"HTTP/1.2", without("GET", "GET /chat HTTP/1.2"), 400, "no such version"},
	{"HTTP/1.9", without("GET", "GET /chat HTTP/1.9"), 400, "no such version"},
	{"HTTP/2.0", without("GET", "GET /chat HTTP/2.0"), 505, "HTTP/1.1"},
	{"HTTP/3.0", without("GET", "GET /chat HTTP/3.0"), 505, "HTTP/1.1"},
	{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HTTP/1.1"},
	{"HTTP/11.1", without("GET", "GET /chat HTTP/11.1"), 400, "version"},
	{"HTTP/1.10", without("GET", "GET /chat HTTP/1.10"), 400, "version"},
	{"http/1.1", without("GET", "GET /chat http/1.1"), 400, "version"},
	{"HTTP/1,1", without("GET", "GET /chat HTTP/1,1"), 400, "version"},
	{"HTTP/x.1", without("GET", "GET /chat HTTP/x.1"), 400, "version"},
	{"HTTP/1.x", without("GET", "GET /chat HTTP/1.x"), 400, "version"},

	// Request line.
	{"HTTP/0.9 simple request", "GET /chat\r\n", 400, "request line"},
	{"no target", without("GET", "GET HTTP/1.1"), 400, "request line"},
	{"empty target", without("GET", "GET  HTTP/1.1"), 400, "target"},
	{"two spaces", without("GET", "GET  /chat HTTP/1.1"), 400, "target"},
	{"space in the target", without("GET", "GET /a b HTTP/1.1"), 400, "target"},
	{"space behind the version", without("GET", "GET /chat HTTP/1.1 "), 400, "target"},
	{"tabs for spaces", without("GET", "GET\t/chat\tHTTP/1.1"), 400, "request line"},
	{"tab in the target", without("GET", "GET /a\tb HTTP/1.1"), 400, "target"},
	{"space before the method", without("GET", " GET /chat HTTP/1.1"), 400, "request line"},
	{"method is no token", without("GET", "G[T /chat HTTP/1.1"), 400, "request line"},
	{"empty line before the request line", "\r\n" + with(), 400, "request line"},
	{"empty line alone", "\r\n", 400, "request line"},
	{"TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "HTTP at all"},
	{"SSH banner", "SSH-2.0-OpenSSH_9.6\r\n", 400, "request line"},
	{"PROXY protocol v1", "PROXY TCP4 192.0.2.1 192.0.2.2 4000 80\r\n", 400, "target"},

	// Target.
	{"absolute form", without("GET", "GET http://server.example.com/chat HTTP/1.1"), 101, ""},
	{"absolute form, https, upper case, other Host", without("GET", "GET HTTPS://Other.example/chat HTTP/1.1"), 101, ""},
	{"absolute form without path", without("GET", "GET http://server.example.com HTTP/1.1"), 101, ""},
	{"absolute form, ws", without("GET", "GET ws://server.example.com/chat HTTP/1.1"), 400, "target"},
	{"absolute form, no host", without("GET", "GET http:///chat HTTP/1.1"), 400, "target"},
	{"absolute form, opaque", without("GET", "GET http:chat HTTP/1.1"), 400, "target"},
	{"absolute form, user information", without("GET", "GET http://user@server.example.com/ HTTP/1.1"), 400, "target"},
	{"absolute form, bad port", without("GET", "GET http://server.example.com:99999/ HTTP/1.1"), 400, "target"},
	{"two slashes are a path", without("GET", "GET //evil.example/chat HTTP/1.1"), 101, ""},
	{"escapes in the path", without("GET", "GET /caf%C3%A9/%2e%2E?a=%20 HTTP/1.1"), 101, ""},
	{"broken escape in the path", without("GET", "GET /caf%zz HTTP/1.1"), 400, "target"},
	{"relative path", without("GET", "GET chat HTTP/1.1"), 400, "target"},
	{"authority form with GET", without("GET", "GET server.example.com:80 HTTP/1.1"), 400, "target"},
	{"authority form without port", without("GET", "CONNECT server.example.com HTTP/1.1"), 400, "target"},
	{"CONNECT to a path", without("GET", "CONNECT /chat HTTP/1.1"), 400, "target"},
	{"asterisk form with GET", without("GET", "GET * HTTP/1.1"), 400, "target"},
	{"query alone", without("GET", "GET ?a HTTP/1.1"), 400, "target"},
	{"fragment", without("GET", "GET /chat#top HTTP/1.1"), 400, "target"},
	{"raw UTF-8", without("GET", "GET /caf\xc3\xa9 HTTP/1.1"), 400, "target"},

	// Host.
	{"Host missing", without("Host"), 400, "Host header is missing"},
	{"Host empty", without("Host", "Host:"), 400, "Host"},
	{"Host twice", with("Host: server.example.com"), 400, "more than one Host"},
	{"Host twice, other case", with("hOST: other.example"), 400, "more than one Host"},
	{"Host missing in absolute form", head("GET http://server.example.com/chat HTTP/1.1", hUpgrade, hConn, hKey, hVersion), 400, "Host header is missing"},
	{"Host with port", without("Host", "Host: server.example.com:8080"), 101, ""},
	{"Host with empty port", without("Host", "Host: server.example.com:"), 101, ""},
	{"Host with spaces around", without("Host", "HOST: \t server.example.com \t"), 101, ""},
	{"Host without space", without("Host", "host:server.example.com"), 101, ""},
	{"Host is IPv4", without("Host", "Host: 192.0.2.1:80"), 101, ""},
	{"Host is IPv6", without("Host", "Host: [2001:db8::1]:80"), 101, ""},
	{"Host with underscore", without("Host", "Host: my_service"), 101, ""},
	{"Host with an escape", without("Host", "Host: caf%C3%A9.example"), 101, ""},
	{"Host with a broken escape", without("Host", "Host: caf%C.example"), 400, "malformed Host"},
	{"Host is bare IPv6", without("Host", "Host: 2001:db8::1"), 400, "malformed Host"},
	{"Host is bracketed IPv4", without("Host", "Host: [192.0.2.1]"), 400, "malformed Host"},
	{"Host bracket unclosed", without("Host", "Host: [2001:db8::1"), 400, "malformed Host"},
	{"Host with a zone", without("Host", "Host: [fe80::1%25eth0]"), 400, "malformed Host"},
	{"Host with a letter port", without("Host", "Host: a.example:http"), 400, "malformed Host"},
	{"Host with a signed port", without("Host", "Host: a.example:+80"), 400, "malformed Host"},
	{"Host with a big port", without("Host", "Host: a.example:65536"), 400, "malformed Host"},
	{"Host is port alone", without("Host", "Host: :80"), 400, "malformed Host"},
	{"Host with a path", without("Host", "Host: a.example/x"), 400, "malformed Host"},
	{"Host with a user", without("Host", "Host: u@a.example"), 400, "malformed Host"},
	{"Host with a space", without("Host", "Host: a.example b.example"), 400, "malformed Host"},
	{"Host in UTF-8", without("Host", "Host: caf\xc3\xa9.example"), 400, "malformed Host"},

	// Lines and characters.
	{"space before a colon", with("X-A : 1"), 400, "whitespace between"},
	{"tab before a colon", with("X-A\t: 1"), 400, "whitespace between"},
	{"obs-fold with a space", with("X-A: 1", " 2"), 400, "folded"},
	{"obs-fold with a tab", with("X-A: 1", "\t2"), 400, "folded"},
	{"whitespace before the first header", head(hGet, " "+hHost), 400, "folded"},
	{"whitespace line at the end", strings.TrimSuffix(with(), "\r\n") + " \r\n\r\n", 400, "folded"},
	{"bare LF behind the request line", "GET /chat HTTP/1.1\nHost: a\r\n\r\n", 400, "bare line feed"},
	{"bare LF behind a header", strings.Replace(with(), hConn+"\r\n", hConn+"\n", 1), 400, "bare line feed"},
	{"bare LF for the empty line", strings.TrimSuffix(with(), "\r\n") + "\n", 400, "bare line feed"},
	{"LF first", "\n" + with(), 400, "bare line feed"},
	{"bare CR in a value", with("X-A: 1\r2"), 400, "carriage return"},
	{"CR CR LF", strings.Replace(with(), hConn+"\r\n", hConn+"\r\r\n", 1), 400, "carriage return"},
	{"CR then a name", with("X-A: 1\rX-B: 2"), 400, "carriage return"},
	{"NUL in a value", with("X-A: \x00"), 400, "control character"},
	{"NUL in a name", with("X\x00A: 1"), 400, "control character"},
	{"NUL in the target", without("GET", "GET /\x00 HTTP/1.1"), 400, "control character"},
	{"DEL in a value", with("X-A: \x7f"), 400, "control character"},
	{"escape in a value", with("X-A: \x1b[31m"), 400, "control character"},
	{"no colon", with("X-A"), 400, "no name"},
	{"empty name", with(": 1"), 400, "no name"},
	{"space in a name", with("X A: 1"), 400, "not allowed in one"},
	{"UTF-8 in a name", with("X-\xc3\xa9: 1"), 400, "not allowed in one"},
	{"parenthesis in a name", with("X(A): 1"), 400, "not allowed in one"},
	{"all token characters in a name", with("!#$%&'*+-.^_`|~09AZaz: 1"), 101, ""},
	{"UTF-8, tabs and colons in a value", with("X-A:\t\xc3\xa9 : \"\t\" \xff "), 101, ""},
	{"empty value", with("X-A:"), 101, ""},

	// Body.
	{"Content-Length: 0", with("Content-Length: 0"), 101, ""},
	{"Content-Length: 5", with("Content-Length: 5"), 400, "no body"},
	{"Content-Length: -1", with("Content-Length: -1"), 400, "Content-Length"},
	{"Content-Length: +0", with("Content-Length: +0"), 400, "Content-Length"},
	{"Content-Length empty", with("Content-Length:"), 400, "Content-Length"},
	{"Content-Length list", with("Content-Length: 0, 0"), 400, "Content-Length"},
	{"Content-Length contradicting itself", with("Content-Length: 0", "Content-Length: 5"), 400, "Content-Length"},
	{"chunked", with("Transfer-Encoding: chunked"), 400, "no body"},
	{"chunked, and a length", with("Transfer-Encoding: chunked", "Content-Length: 0"), 400, "no body"},
	{"identity", with("Transfer-Encoding: identity"), 400, "Transfer-Encoding"},
	{"gzip, chunked", with("Transfer-Encoding: gzip, chunked"), 400, "Transfer-Encoding"},
	{"chunked twice", with("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 400, "Transfer-Encoding"},
	{"chunked in disguise", with("Transfer-Encoding: \"chunked\""), 400, "Transfer-Encoding"},

	// Upgrade and Connection.
	{"Upgrade missing", without("Upgrade"), 400, "Upgrade: websocket"},
	{"Connection missing", without("Connection"), 400, "Connection: Upgrade"},
	{"Upgrade: h2c", without("Upgrade", "Upgrade: h2c"), 400, "Upgrade: websocket"},
	{"Upgrade: websocket/13", without("Upgrade", "Upgrade: websocket/13"), 400, "Upgrade: websocket"},
	{"Upgrade: websockets", without("Upgrade", "Upgrade: websockets"), 400, "Upgrade: websocket"},
	{"Upgrade: web socket", without("Upgrade", "Upgrade: web socket"), 400, "Upgrade: websocket"},
	{"Upgrade with a Kelvin sign for k", without("Upgrade", "Upgrade: websoc\u212aet"), 400, "Upgrade: websocket"},
	{"Connection: close", without("Connection", "Connection: close"), 400, "Connection: Upgrade"},
	{"Upgrade is a list", without("Upgrade", "Upgrade: h2c, websocket"), 101, ""},
	{"Upgrade in two lines", without("Upgrade", "Upgrade: h2c", "UPGRADE: WebSocket"), 101, ""},
	{"Upgrade list with empty elements", without("Upgrade", "Upgrade: ,, ,\twebsocket\t,"), 101, ""},
	{"Connection is a list", without("Connection", "Connection: keep-alive, Upgrade"), 101, ""},
	{"Connection without spaces, upper case", without("Connection", "CONNECTION:KEEP-ALIVE,UPGRADE"), 101, ""},
	{"Connection in two lines", without("Connection", "connection: keep-alive", "connection: upgrade"), 101, ""},

	// Sec-WebSocket-Version.
	{"version missing", without("Sec-WebSocket-Version"), 426, "version 13"},
	{"version empty", without("Sec-WebSocket-Version", "Sec-WebSocket-Version:"), 426, "version 13"},
	{"version 8", without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"), 426, "version 13"},
	{"version 14", without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 14"), 426, "version 13"},
	{"version 013", without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 013"), 426, "version 13"},
	{"version 13 twice", with(hVersion), 400, "more than one Sec-WebSocket-Version"},
	{"versions 8 and 13", with("Sec-WebSocket-Version: 8"), 400, "more than one Sec-WebSocket-Version"},
	{"versions joined", without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13, 8"), 400, "more than one Sec-WebSocket-Version"},
	{"version spelled in lower case", without("Sec-WebSocket-Version", "sec-websocket-version:13"), 101, ""},

	// Sec-WebSocket-Key.
	{"key missing", without("Sec-WebSocket-Key"), 400, "exactly one"},
	{"key twice, the same", with(hKey), 400, "exactly one"},
	{"key empty", without("Sec-WebSocket-Key", "Sec-WebSocket-Key:"), 400, "16 bytes"},
	{"key of 15 bytes", without("Sec-WebSocket-Key", "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4P"), 400, "16 bytes"},
	{"key of 17 bytes", without("Sec-WebSocket-Key", "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEBE="), 400, "16 bytes"},
	{"key of 18 bytes, as long", without("Sec-WebSocket-Key", "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEBES"), 400, "16 bytes"},
	{"key without padding", without("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"), 400, "16 bytes"},
	{"key in the URL alphabet", without("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j-_=="), 400, "16 bytes"},
	{"key with + and /", without("Sec-WebSocket-Key", "Sec-WebSocket-Key: +/hlIHNhbXBsZSBub25jZQ=="), 101, ""},
	{"key with padding inside", without("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25=ZQ=="), 400, "16 bytes"},
	{"keys joined", without("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=="), 400, "16 bytes"},

	// Size.
	{"100 headers", with(many(95)...), 101, ""},
	{"101 headers", with(many(96)...), 431, "too many"},
	{"8192 bytes", with(pad(8192)), 101, ""},
	{"8193 bytes", with(pad(8193)), 431, "too large"},
	{"8192 bytes without an end", with(pad(8192 + 2))[:8192], 431, "too large"},
	{"endless target", "GET /" + strings.Repeat("a", 8192), 431, "too large"},

	// Origin, with the default of no patterns.
	{"own origin", with("Origin: http://server.example.com"), 101, ""},
	{"own origin behind TLS", with("Origin: https://SERVER.example.com:443"), 101, ""},
	{"other origin", with("Origin: http://evil.example"), 403, ""},
	{"null origin", with("Origin: null"), 403, ""},
	{"two origins", with("Origin: http://server.example.com", "Origin: http://evil.example"), 403, ""},

	// Several things wrong: the precedence that checkUpgrade documents.
	{"version before method", head("POST / HTTP/1.0", hHost), 400, "HTTP/1.1"},
	{"method before body and tokens", head("POST / HTTP/1.1", hHost, "Transfer-Encoding: chunked"), 405, "GET"},
	{"body before tokens", head(hGet, hHost, "Content-Length: 1"), 400, "no body"},
	{"Upgrade before Connection", head(hGet, hHost), 400, "Upgrade: websocket"},
	{"Connection before version", head(hGet, hHost, hUpgrade), 400, "Connection: Upgrade"},
	{"version before key", head(hGet, hHost, hUpgrade, hConn), 426, "version 13"},
	{"key before origin", head(hGet, hHost, hUpgrade, hConn, hVersion, "Origin: null"), 400, "exactly one"},
	{"first byte first", "GET /chat HTTP/2.0\r\nHost: \x00", 505, "HTTP/1.1"},
	{"the line ends after its bytes", "GET /chat HTTP/2.0\x00\r\n", 400, "control character"},
	{"Host before target", head("GET chat HTTP/1.1"), 400, "Host"},
}

func many(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("X-%d: %d", i, i))
	}
	return lines
}

// pad is a header that makes with(pad(n)) n bytes long.
func pad(n int) string {
	const name = "X-Pad: "
	return name + strings.Repeat("x", n-len(with(name)))
}

// verdict is what a client gets to see of the whole way of a head.
type verdict struct {
	n      int // length of the head, if scanHead found its end
	next   int // where scanHead stopped
	status int // 0: incomplete
	body   string
	header http.Header
	req    *http.Request
	key    string
}

// judge feeds in to scanHead, cut before each of cuts, and then walks the rest of the way.
func judge(in string, cuts ...int) (v verdict) {
	var herr *HTTPError
	b := []byte(in)
	for _, end := range append(cuts, len(in)) {
		// A slice of exactly these bytes, so that looking at more panics.
		v.n, v.next, herr = scanHead(b[:end:end], v.next, headLimits{})
		if v.n > 0 || herr != nil {
			break
		}
	}
	if herr == nil && v.n == 0 {
		return v
	}
	if herr == nil {
		v.req, herr = parseHead([]byte(in[:v.n]))
	}
	if herr == nil {
		v.key, herr = checkUpgrade(v.req)
	}
	if herr == nil && !originAllowed(v.req, nil) {
		herr = &HTTPError{Status: 403}
	}
	v.status = 101
	if herr != nil {
		v.status, v.body, v.header = herr.Status, herr.Body, herr.Header
	}
	return v
}

func TestHandshakeRows(t *testing.T) {
	for _, row := range handshakeRows {
		t.Run(row.name, func(t *testing.T) {
			v := judge(row.in)
			if v.status != row.status || !strings.Contains(v.body, row.says) {
				t.Fatalf("got %d %q, want %d saying %q", v.status, v.body, row.status, row.says)
			}
			switch v.status {
			case 405:
				if got := v.header.Get("Allow"); got != "GET" {
					t.Errorf("Allow: %q", got)
				}
			case 426:
				if got := v.header.Get("Sec-WebSocket-Version"); got != "13" {
					t.Errorf("Sec-WebSocket-Version: %q", got)
				}
			case 101:
				if v.n != len(row.in) || len(v.key) != 24 {
					t.Errorf("head of %d bytes found to have %d; key %q", len(row.in), v.n, v.key)
				}
			}
		})
	}
}

// However a head is cut into reads, the answer is the same, and is given at the same byte.
func TestHandshakeRowsCut(t *testing.T) {
	for _, row := range handshakeRows {
		t.Run(row.name, func(t *testing.T) {
			want := judge(row.in)
			var each []int
			for i := range row.in {
				each = append(each, i)
				if len(row.in) > 2000 && i%101 != 0 && i < len(row.in)-8 {
					continue // the long rows are long runs of one letter
				}
				if got := judge(row.in, i); got.status != want.status || got.body != want.body || got.n != want.n || got.next != want.next {
					t.Fatalf("cut before byte %d: got %d %q (n %d, next %d), whole %d %q (n %d, next %d)",
						i, got.status, got.body, got.n, got.next, want.status, want.body, want.n, want.next)
				}
			}
			if got := judge(row.in, each...); got.status != want.status || got.body != want.body || got.n != want.n || got.next != want.next {
				t.Fatalf("byte by byte: got %d %q (n %d, next %d), whole %d %q (n %d, next %d)",
					got.status, got.body, got.n, got.next, want.status, want.body, want.n, want.next)
			}
		})
	}
}

// What is behind a head is none of scanHead's business, be it frames or garbage.
func TestHandshakePipelined(t *testing.T) {
	for _, behind := range []string{"\x81\x80\x00\x00\x00\x00", "\x00", "\n", " x", strings.Repeat("x", 20000)} {
		v := judge(with() + behind)
		if v.status != 101 || v.n != len(with()) {
			t.Errorf("with %d bytes behind: %d, n %d", len(behind), v.status, v.n)
		}
	}
}

// A differential test against the server that most of the world's Go runs on: what we let in must
// reach a net/http handler with the same request line, Host and headers.
func TestNetHTTPServesWhatWeAccept(t *testing.T) {
	got := make(chan *http.Request, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r
		w.Header().Set("Connection", "close")
	}))
	defer srv.Close()
	for _, row := range handshakeRows {
		if row.status != 101 {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			c, err := net.Dial("tcp", srv.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(30 * time.Second)) // a stuck test, not a slow one
			if _, err := c.Write([]byte(row.in)); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != 200 {
				t.Fatalf("net/http answers %s", resp.Status)
			}
			theirs, ours := <-got, judge(row.in).req
			if theirs.Method != ours.Method || theirs.RequestURI != ours.RequestURI || theirs.Host != ours.Host || theirs.Proto != ours.Proto {
				t.Errorf("theirs: %s %s %s %s, ours: %s %s %s %s", theirs.Method, theirs.RequestURI, theirs.Host, theirs.Proto,
					ours.Method, ours.RequestURI, ours.Host, ours.Proto)
			}
			if a, b := fmt.Sprint(theirs.Header), fmt.Sprint(ours.Header); a != b {
				t.Errorf("headers: theirs %s, ours %s", a, b)
			}
		})
	}
}

// Nothing of a request may point into the read buffer, which the next read overwrites.
func TestParseHeadCopies(t *testing.T) {
	b := []byte(with("Origin: http://server.example.com"))
	r, err := parseHead(b)
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(r.Method, r.URL, r.Host, r.RequestURI, r.Header)
	copy(b, bytes.Repeat([]byte{'#'}, len(b)))
	if after := fmt.Sprint(r.Method, r.URL, r.Host, r.RequestURI, r.Header); after != before {
		t.Errorf("was %s\nis  %s", before, after)
	}
}

// A declared body is remembered as declared, but never reads from the pooled reader behind parseHead.
func TestParseHeadBody(t *testing.T) {
	for _, row := range []struct {
		name, line string
		length     int64
		encodings  int
	}{
		{"none", "X-A: 1", 0, 0},
		{"length", "Content-Length: 5", 5, 0},
		{"chunked", "Transfer-Encoding: chunked", -1, 1},
	} {
		r, err := parseHead([]byte(head("POST / HTTP/1.1", hHost, row.line)))
		if err != nil || r.Body != http.NoBody || r.ContentLength != row.length || len(r.TransferEncoding) != row.encodings {
			t.Errorf("%s: err %v, request %+v", row.name, err, r)
		}
	}
}
