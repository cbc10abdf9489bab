package enginetest

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/weir-ws/weir/frame"
)

// maskKey is the same for every frame: nothing here goes through a proxy, and a run must be
// repeatable.
var maskKey = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// Frame returns a frame as a client sends it, FIN set and masked.
func Frame(op frame.Op, payload []byte) []byte {
	return frame.AppendFrame(nil, frame.Header{Fin: true, Op: op, Masked: true, Key: maskKey}, payload)
}

// Request returns the head of a correct handshake for path, with more header lines such as
// "Origin: http://example.com".
func Request(path string, headers ...string) []byte {
	ls := []string{"GET " + path + " HTTP/1.1", "Host: test", "Upgrade: websocket", "Connection: Upgrade",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"}
	return []byte(strings.Join(append(ls, headers...), "\r\n") + "\r\n\r\n")
}

// Handshake sends a correct request for path, with more header lines, and returns the answer. Bytes behind its
// head stay for Read. Anything but one whole HTTP answer fails the test.
func (c *Client) Handshake(path string, headers ...string) *http.Response {
	c.Write(Request(path, headers...))
	c.srv.Settle()
	r, rest, err := Response(c.Read(), "")
	if err != nil {
		c.srv.fatalf("enginetest: handshake for %s: %v", path, err)
	}
	c.arrived = rest
	return r
}

// Response reads the HTTP answer to a request by method ("" is GET) at the beginning of b and returns the
// bytes behind it. The body is read already.
func Response(b []byte, method string) (r *http.Response, rest []byte, err error) {
	src := bytes.NewReader(b)
	br := bufio.NewReaderSize(src, 16)
	r, err = http.ReadResponse(br, &http.Request{Method: method})
	if err != nil {
		return nil, b, err
	}
	var body bytes.Buffer
	if r.StatusCode != http.StatusSwitchingProtocols {
		if _, err := body.ReadFrom(r.Body); err != nil {
			return nil, b, err
		}
	}
	r.Body = nopBody{&body}
	used := len(b) - src.Len() - br.Buffered()
	return r, b[used:], nil
}

type nopBody struct{ *bytes.Buffer }

func (nopBody) Close() error { return nil }

// ServerFrame is one frame that a client got.
type ServerFrame struct {
	frame.Header
	Payload []byte
}

// Frames splits b into frames and returns the bytes behind the last whole one. A frame that is masked or
// has a malformed header is an error.
func Frames(b []byte) (fs []ServerFrame, rest []byte, err error) {
	for {
		h, n, err := frame.ParseHeader(b)
		if err == nil && n > 0 && h.Masked {
			err = fmt.Errorf("masked %s frame from a server", h.Op)
		}
		if err != nil {
			return fs, b, err
		}
		if n == 0 || int64(len(b)-n) < h.Length {
			return fs, b, nil
		}
		end := n + int(h.Length)
		fs = append(fs, ServerFrame{h, b[n:end:end]})
		b = b[end:]
	}
}

// Frames reads the whole frames that have arrived; the beginning of another stays. Malformed ones fail the test.
func (c *Client) Frames() []ServerFrame {
	fs, rest, err := Frames(c.Read())
	if err != nil {
		c.srv.fatalf("enginetest: %v", err)
	}
	c.arrived = rest
	return fs
}
