package edgecases

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/weir-ws/weir/engine"
)

// Handshakes are the cases that are answered in HTTP, by the head alone.
func Handshakes() (cs []Case) {
	add := func(row, name string, status int, in []byte) *Case {
		cs = append(cs, Case{Name: name, Row: row, Input: in, Status: status})
		return &cs[len(cs)-1]
	}
	for _, m := range []string{"POST", "HEAD", "PUT", "OPTIONS", "get"} {
		add(RowMethod, "method "+m, 405, replaced(lineGet, m+" /chat HTTP/1.1")).Header = http.Header{"Allow": {"GET"}}
	}

	for _, l := range []struct {
		name, line string
		status     int
	}{
		{"HTTP/1.0", "GET /chat HTTP/1.0", 400},
		{"HTTP/0.9", "GET /chat HTTP/0.9", 400},
		{"HTTP/1.9", "GET /chat HTTP/1.9", 400},
		{"HTTP/2.0", "GET /chat HTTP/2.0", 505},
		{"HTTP/3.0", "GET /chat HTTP/3.0", 505},
		{"no version", "GET /chat", 400},
		{"two spaces", "GET  /chat HTTP/1.1", 400},
		{"space in the target", "GET /a b HTTP/1.1", 400},
		{"method is no token", "G[T /chat HTTP/1.1", 400},
		{"relative target", "GET chat HTTP/1.1", 400},
		{"fragment in the target", "GET /chat#top HTTP/1.1", 400},
		{"version in lower case", "GET /chat http/1.1", 400},
	} {
		add(RowVersion, l.name, l.status, replaced(lineGet, l.line))
	}
	add(RowVersion, "HTTP/2 preface", 505, []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	add(RowVersion, "TLS ClientHello", 400, []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"))
	add(RowVersion, "empty line first", 400, append([]byte("\r\n"), Request()...))

	add(RowSyntax, "Host missing", 400, replaced(lineHost))
	add(RowSyntax, "Host repeated", 400, Request(lineHost))
	add(RowSyntax, "Host malformed", 400, replaced(lineHost, "Host: a.example/x"))
	add(RowSyntax, "space before a colon", 400, Request("X-A : 1"))
	add(RowSyntax, "obs-fold, space", 400, Request("X-A: 1", " 2"))
	add(RowSyntax, "obs-fold, tab", 400, Request("X-A: 1", "\t2"))
	add(RowSyntax, "bare LF behind a header", 400, []byte(strings.Replace(string(Request()), lineConn+"\r\n", lineConn+"\n", 1)))
	add(RowSyntax, "bare LF for the empty line", 400, []byte(strings.TrimSuffix(string(Request()), "\r\n")+"\n"))
	add(RowSyntax, "bare CR", 400, Request("X-A: 1\r2"))
	add(RowSyntax, "NUL in a value", 400, Request("X-A: \x00"))
	add(RowSyntax, "NUL in the target", 400, replaced(lineGet, "GET /\x00 HTTP/1.1"))
	add(RowSyntax, "body", 400, append(Request("Content-Length: 5"), "hello"...))
	add(RowSyntax, "chunked body", 400, append(Request("Transfer-Encoding: chunked"), "0\r\n\r\n"...))
	add(RowSyntax, "header without a colon", 400, Request("X-A"))

	add(RowKey, "key missing", 400, replaced(lineKey))
	add(RowKey, "key repeated", 400, Request(lineKey))
	add(RowKey, "key empty", 400, replaced(lineKey, "Sec-WebSocket-Key:"))
	add(RowKey, "key of 15 bytes", 400, replaced(lineKey, "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4P"))
	add(RowKey, "key of 17 bytes", 400, replaced(lineKey, "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEBE="))
	add(RowKey, "key without padding", 400, replaced(lineKey, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"))
	add(RowKey, "key in the URL alphabet", 400, replaced(lineKey, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j-_=="))
	add(RowKey, "Upgrade missing", 400, replaced(lineUpgrade))
	add(RowKey, "Upgrade: h2c", 400, replaced(lineUpgrade, "Upgrade: h2c"))
	add(RowKey, "Connection missing", 400, replaced(lineConn))
	add(RowKey, "Connection: close", 400, replaced(lineConn, "Connection: close"))

	open := func(row, name string, in []byte) *Case {
		c := add(row, name, 101, in)
		c.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Accept": {accepted}}
		return c
	}
	open(RowTokens, "plain", Request())
	open(RowTokens, "Upgrade list", replaced(lineUpgrade, "Upgrade: h2c, websocket"))
	open(RowTokens, "Connection list", replaced(lineConn, "Connection: keep-alive, Upgrade"))
	open(RowTokens, "letter case", head("GET /chat HTTP/1.1", "hOST: server.example.com", "UPGRADE: WebSocket", "connection: UPGRADE",
		"sec-websocket-KEY: dGhlIHNhbXBsZSBub25jZQ==", "SEC-WEBSOCKET-VERSION: 13"))
	open(RowTokens, "lists over lines, empty elements", head(lineGet, lineHost, "Upgrade: h2c", "Upgrade: ,, websocket ,",
		"Connection: keep-alive", "Connection: upgrade", lineKey, lineVersion))

	for _, v := range []string{"", "Sec-WebSocket-Version:", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 14", "Sec-WebSocket-Version: 013"} {
		in := replaced(lineVersion)
		if v != "" {
			in = replaced(lineVersion, v)
		}
		add(RowWSVersion, fmt.Sprintf("version line %q", v), 426, in).Header = http.Header{"Sec-Websocket-Version": {"13"}, "Upgrade": {"websocket"}}
	}
	add(RowWSVersion, "version repeated", 400, Request(lineVersion))

	const name = "X-Pad: "
	pad := func(n int) string { return name + strings.Repeat("x", n-len(Request(name))) }
	var hundred []string // with the five of the handshake
	for i := range 95 {
		hundred = append(hundred, fmt.Sprintf("X-%d: %d", i, i))
	}
	open(RowHeadSize, "8192 bytes", Request(pad(8192)))
	add(RowHeadSize, "8193 bytes", 431, Request(pad(8193)))
	add(RowHeadSize, "8192 bytes and no end", 431, Request(pad(9000))[:8192])
	open(RowHeadSize, "100 headers", Request(hundred...))
	add(RowHeadSize, "101 headers", 431, Request(append(hundred, "X-One-Too-Many: 1")...))
	add(RowHeadSize, "a lower limit", 431, Request(pad(513))).Config = func(c *engine.Config) { c.MaxHead = 512 }

	open(RowOrigin, "own host", Request("Origin: http://server.example.com"))
	open(RowOrigin, "no origin", Request("X-A: 1"))
	add(RowOrigin, "another host", 403, Request("Origin: http://evil.example"))
	add(RowOrigin, "null", 403, Request("Origin: null"))
	add(RowOrigin, "own host as a prefix", 403, Request("Origin: http://server.example.com.evil.example"))
	list := func(c *engine.Config) { c.Origins = []string{"https://*.example.org", "app.example.net"} }
	open(RowOrigin, "wildcard", Request("Origin: https://a.b.example.org")).Config = list
	open(RowOrigin, "second of the list", Request("Origin: https://app.example.net")).Config = list
	add(RowOrigin, "the wildcard's own domain", 403, Request("Origin: https://example.org")).Config = list
	add(RowOrigin, "wildcard in another scheme", 403, Request("Origin: http://a.example.org")).Config = list
	add(RowOrigin, "own host is not on the list", 403, Request("Origin: http://server.example.com")).Config = list

	piped := open(RowPipelined, "two messages", after(text("one"), text("two")))
	piped.Frames = texts("one", "two")
	piped = open(RowPipelined, "a message and the beginning of another", after(text("one"), text("two")[:5]))
	piped.Frames = texts("one")
	piped = open(RowPipelined, "an illegal frame", after([]byte{
		0x81, // FIN, text
		0x00, // no MASK, length 0
	}))
	piped.Code = 1002
	add(RowPipelined, "behind a refused head", 403, append(Request("Origin: null"), text("one")...))
	return cs
}
