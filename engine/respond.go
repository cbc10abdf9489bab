package engine

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
)

// Accept is what [Handler].Upgrade returns for a handshake it lets in. The zero value accepts.
type Accept struct {
	// Subprotocol is the one chosen among those the client offered in
	// Sec-WebSocket-Protocol, letter for letter, or "" for none. One that was not
	// offered is answered with 500 instead: RFC 6455 4.1 makes the client fail such a
	// connection anyway.
	Subprotocol string
	// Header is added to the 101 answer, cookies for example; nil adds nothing. The fields that
	// make up the handshake (Upgrade, Connection, Sec-WebSocket-...) or would frame a body
	// (Content-Length, Transfer-Encoding, Trailer) are refused, and so are names and
	// values HTTP does not allow: the answer is then 500, and the log says why.
	Header http.Header
	// User becomes Conn.User.
	User any
}

const (
	// acceptGUID is RFC 6455 1.3's, "unlikely to be used by network endpoints that do not understand
	// the WebSocket Protocol".
	acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

	acceptHead = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
)

// appendAccept appends the 101 answer to r, whose key is key. With an error, which is the
// application's mistake, dst comes back unchanged.
func appendAccept(dst []byte, r *http.Request, key string, a Accept) ([]byte, error) {
	if a.Subprotocol != "" && !offered(r.Header["Sec-Websocket-Protocol"], a.Subprotocol) {
		// Not what was offered instead: browsers put access tokens there, and this goes to a log.
		return dst, fmt.Errorf("engine: Upgrade chose subprotocol %q, which is not a token the client offered", a.Subprotocol)
	}
	for name, values := range a.Header {
		if ownedByAccept(name) {
			return dst, fmt.Errorf("engine: Upgrade set the header %q, which belongs to the handshake itself", name)
		}
		if err := checkField(name, values); err != nil {
			return dst, fmt.Errorf("engine: Upgrade set an invalid header: %w", err)
		}
	}
	dst = append(dst, acceptHead...)
	// RFC 6455 4.2.2 (5.4): "concatenating /key/ [...] with the string" above, "taking the SHA-1
	// hash of this concatenated value to obtain a 20-byte value and base64-encoding" it.
	var in [24 + len(acceptGUID)]byte
	sum := sha1.Sum(append(append(in[:0], key...), acceptGUID...))
	dst = base64.StdEncoding.AppendEncode(dst, sum[:])
	dst = append(dst, '\r', '\n')
	if a.Subprotocol != "" {
		dst = appendField(dst, "Sec-WebSocket-Protocol", a.Subprotocol)
	}
	dst = appendHeader(dst, a.Header, nil)
	return append(dst, '\r', '\n'), nil
}

// appendReject appends the whole answer e. The connection ends behind it, because what else the
// client sent may be frames as well as requests. There is no Date: RFC 9110 6.6.1 wants
// one of servers with a clock, and this code has none; set it in e.Header where it matters.
func appendReject(dst []byte, e *HTTPError) []byte {
	status := e.Status
	if status < 200 || status > 599 {
		status = http.StatusInternalServerError
	}
	text := http.StatusText(status)
	body := e.Body
	if body == "" {
		body = text
	}
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ') // RFC 9112 4: sent "even when the reason-phrase is absent"
	dst = append(dst, text...)
	if e.Header["Upgrade"] != nil {
		// RFC 9110 7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option".
		dst = append(dst, "\r\nConnection: close, Upgrade\r\n"...)
	} else {
		dst = append(dst, "\r\nConnection: close\r\n"...)
	}
	// RFC 9110 8.6: no Content-Length with 204; 205 and 304 have no content either, and the end of
	// the connection says so without it.
	hasBody := status != http.StatusNoContent && status != http.StatusResetContent && status != http.StatusNotModified
	if hasBody {
		if e.Header["Content-Type"] == nil {
			dst = append(dst, "Content-Type: text/plain; charset=utf-8\r\n"...)
		}
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, int64(len(body)), 10)
		dst = append(dst, '\r', '\n')
	}
	dst = appendHeader(dst, e.Header, func(name string, values []string) bool {
		return !ownedByReject(name) && checkField(name, values) == nil
	})
	dst = append(dst, '\r', '\n')
	if hasBody && !e.noBody {
		dst = append(dst, body...)
	}
	return dst
}
