// Package wsclient is the client's half of a WebSocket connection, as bytes: for load generators that do their own
// I/O and must be cheaper than what they measure.
package wsclient

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/weir-ws/weir/frame"
)

// key is the same for all: a nonce protects against caches in between, and there are none here.
const key = "dGhlIHNhbXBsZSBub25jZQ=="

// MaxHead is the longest answer that CheckHandshake takes.
const MaxHead = 8 << 10

var accept = func() string {
	// RFC 6455 4.2.2: the key "concatenated with the string 258EAFA5-E914-47DA-95CA-C5AB0DC85B11", then SHA-1 and base64.
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}()

// Handshake returns the request for a path.
func Handshake(host, path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", path, host, key)
}

// CheckHandshake looks for the answer at the beginning of b: n is its length, 0 if it is not complete. The error of one that lets nobody in is a
// *RefusedError.
func CheckHandshake(b []byte) (n int, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		if len(b) > MaxHead {
			return 0, errors.New("the answer to the handshake does not end")
		}
		return 0, nil
	}
	if !bytes.HasPrefix(b, []byte("HTTP/1.1 101 ")) || !bytes.Contains(b[:end], []byte(accept)) {
		return 0, refused(b)
	}
	return end + 4, nil
}

// Text returns a masked text frame.
func Text(payload string) []byte {
	return Frame(frame.OpText, []byte(payload))
}

// Frame returns a masked frame. The mask is constant: it guards proxies against scripts, and here is neither.
func Frame(op frame.Op, payload []byte) []byte {
	h := frame.Header{Fin: true, Op: op, Masked: true, Key: [4]byte{0x37, 0xfa, 0x21, 0x3d}, Length: int64(len(payload))}
	return frame.AppendFrame(nil, h, payload)
}
