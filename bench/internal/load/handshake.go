package load

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
)

const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// maxHead is how long a response head may be.
const maxHead = 16 << 10

// key is a Sec-WebSocket-Key of its own for each handshake.
func key(n uint64) [24]byte {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], mix(n^checkSalt))
	binary.BigEndian.PutUint64(raw[8:], n)
	var out [24]byte
	base64.StdEncoding.Encode(out[:], raw[:])
	return out
}

func acceptFor(key [24]byte) string {
	sum := sha1.Sum(append(key[:], acceptGUID...))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func appendRequest(dst []byte, host, path string, key [24]byte) []byte {
	dst = append(append(append(dst, "GET "...), path...), " HTTP/1.1\r\nHost: "...)
	dst = append(append(dst, host...), "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "...)
	return append(append(dst, key[:]...), "\r\n\r\n"...)
}

// checkResponse judges a response. rest is what follows its head; done is false while the head is not all there.
func checkResponse(b []byte, key [24]byte) (rest []byte, done bool, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		if len(b) > maxHead {
			return nil, false, fmt.Errorf("a response head of more than %d bytes", maxHead)
		}
		return nil, false, nil
	}
	lines := strings.Split(string(b[:end]), "\r\n")
	if !strings.HasPrefix(lines[0], "HTTP/1.1 101") {
		return nil, false, fmt.Errorf("the server answered %q and not 101", lines[0])
	}
	var upgrade, connection, accept bool
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "upgrade":
			upgrade = strings.EqualFold(value, "websocket")
		case "connection":
			connection = strings.Contains(strings.ToLower(value), "upgrade")
		case "sec-websocket-accept":
			if accept = value == acceptFor(key); !accept {
				return nil, false, fmt.Errorf("Sec-WebSocket-Accept is %q and should be %q", value, acceptFor(key))
			}
		case "sec-websocket-extensions", "sec-websocket-protocol":
			return nil, false, fmt.Errorf("%s: %s, and none was offered", name, value)
		}
	}
	if !upgrade || !connection || !accept {
		return nil, false, fmt.Errorf("a 101 without the right Upgrade, Connection or Sec-WebSocket-Accept: %q", lines)
	}
	return b[end+4:], true, nil
}
