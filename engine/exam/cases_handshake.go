package exam

import (
	"encoding/base64"
	"fmt"
	"strings"
)

func handshakeCases(s *section) {
	handshakeAccepted(s)
	handshakeKeys(s)
	handshakePipelined(s)
	handshakeRefused(s)
}

// echoOnce is what a connection is for, once it is open.
func echoOnce(c *Client) error {
	c.send(text("open"))
	if err := c.WantMessage(opText, []byte("open")); err != nil {
		return err
	}
	return c.Goodbye()
}

func handshakeAccepted(s *section) {
	edits := []struct {
		name, doc string
		edit      func(*Request)
	}{
		{"ordinary", "4.2.2: the server answers 101 with the accept value.", func(*Request) {}},
		{"lower-case-header-names", "4.2.1, 7230 3.2: header names have no letter case.", func(r *Request) {
			for i, l := range r.Lines {
				name, value, _ := strings.Cut(l, ":")
				r.Lines[i] = strings.ToLower(name) + ":" + value
			}
		}},
		{"upper-case-header-names", "4.2.1, 7230 3.2: header names have no letter case.", func(r *Request) {
			for i, l := range r.Lines {
				name, value, _ := strings.Cut(l, ":")
				r.Lines[i] = strings.ToUpper(name) + ":" + value
			}
		}},
		{"upgrade-token-in-capitals", `4.2.1: "websocket" is "treated as an ASCII case-insensitive value".`, func(r *Request) { r.set("Upgrade", "WebSocket") }},
		{"upgrade-token-all-capitals", `4.2.1: "websocket" is "treated as an ASCII case-insensitive value".`, func(r *Request) { r.set("Upgrade", "WEBSOCKET") }},
		{"connection-token-lower-case", `4.2.1: "Upgrade" is "treated as an ASCII case-insensitive value".`, func(r *Request) { r.set("Connection", "upgrade") }},
		{"connection-token-all-capitals", `4.2.1: "Upgrade" is "treated as an ASCII case-insensitive value".`, func(r *Request) { r.set("Connection", "UPGRADE") }},
		{"connection-is-a-list", `4.2.1: Connection "includes the token Upgrade".`, func(r *Request) { r.set("Connection", "keep-alive, Upgrade") }},
		{"connection-list-without-spaces", `4.2.1: Connection "includes the token Upgrade".`, func(r *Request) { r.set("Connection", "Upgrade,keep-alive") }},
		{"connection-in-two-lines", "7230 3.2.2: a list may come in several lines.", func(r *Request) {
			r.set("Connection", "keep-alive")
			r.Lines = append(r.Lines, "Connection: Upgrade")
		}},
		{"no-space-after-colon", "7230 3.2.4: white space around a value is optional.", func(r *Request) {
			for i, l := range r.Lines {
				r.Lines[i] = strings.Replace(l, ": ", ":", 1)
			}
		}},
		{"white-space-around-values", "7230 3.2.4: white space around a value is optional.", func(r *Request) {
			for i, l := range r.Lines {
				r.Lines[i] = strings.Replace(l, ": ", ": \t ", 1) + " \t"
			}
		}},
		{"headers-in-another-order", "4.2.1: the order of headers is free.", func(r *Request) {
			for i, j := 0, len(r.Lines)-1; i < j; i, j = i+1, j-1 {
				r.Lines[i], r.Lines[j] = r.Lines[j], r.Lines[i]
			}
		}},
		{"headers-of-a-browser", `4.1 point 12: "any other header fields".`, func(r *Request) {
			r.Lines = append(r.Lines, "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0)", "Accept: */*",
				"Accept-Language: de-CH,de;q=0.8,en;q=0.5", "Accept-Encoding: gzip, deflate", "Cache-Control: no-cache",
				"Pragma: no-cache", "DNT: 1", "Cookie: session=0123456789abcdef; theme=dark", "Sec-Fetch-Mode: websocket")
		}},
		{"forty-headers", `4.1 point 12: "any other header fields".`, func(r *Request) {
			for i := range 40 {
				r.Lines = append(r.Lines, fmt.Sprintf("X-Weir-Exam-%d: %d", i, i))
			}
		}},
		{"header-of-2000-bytes", `4.1 point 12: "any other header fields".`, func(r *Request) {
			r.Lines = append(r.Lines, "X-Weir-Exam: "+strings.Repeat("w", 2000))
		}},
		{"empty-header-value", "7230 3.2: a value may be empty.", func(r *Request) { r.Lines = append(r.Lines, "X-Weir-Exam:") }},
		{"unknown-subprotocol", "4.2.2: a server that knows none of the subprotocols offered names none.", func(r *Request) {
			r.Lines = append(r.Lines, "Sec-WebSocket-Protocol: exam.weir.invalid, other.weir.invalid")
		}},
		{"unknown-extension", "4.2.2, 9.1: an extension that the server does not know is declined by silence.", func(r *Request) {
			r.Lines = append(r.Lines, "Sec-WebSocket-Extensions: x-weir-exam; level=1; name=\"quoted\", x-other")
		}},
		{"byte-by-byte", "4.2.1: a request that comes in many TCP segments is one request.", func(r *Request) { r.Chop = 1 }},
		{"in-7-byte-chops", "4.2.1: a request that comes in many TCP segments is one request.", func(r *Request) { r.Chop = 7 }},
		{"in-64-byte-chops", "4.2.1: a request that comes in many TCP segments is one request.", func(r *Request) { r.Chop = 64 }},
	}
	for _, e := range edits {
		s.addRaw("accepted/"+e.name, e.doc, func(c *Client) error {
			if err := c.Open(e.edit); err != nil {
				return err
			}
			return echoOnce(c)
		})
	}
}

func handshakeKeys(s *section) {
	const doc = "4.2.2 point 5.4: Sec-WebSocket-Accept is the base64 of SHA-1 over the key as it came and the GUID."
	keys := map[string][16]byte{
		"rfc-1.3":  [16]byte([]byte("the sample nonce")),
		"zeros":    {},
		"ones":     {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"plus":     {0xfb, 0xef, 0xbe, 0xfb, 0xef, 0xbe, 0xfb, 0xef, 0xbe, 0xfb, 0xef, 0xbe, 0xfb, 0xef, 0xbe, 0xfb},
		"counting": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	}
	for _, name := range []string{"rfc-1.3", "zeros", "ones", "plus", "counting"} {
		nonce := keys[name]
		s.addRaw("accept-value/"+name, doc, func(c *Client) error {
			if err := c.Open(func(r *Request) { r.setKey(base64.StdEncoding.EncodeToString(nonce[:])) }); err != nil {
				return err
			}
			return echoOnce(c)
		})
	}
	for i := range 10 {
		s.addRaw(fmt.Sprintf("accept-value/random-%d", i), doc, func(c *Client) error {
			if err := c.Open(nil); err != nil {
				return err
			}
			return echoOnce(c)
		})
	}
}
