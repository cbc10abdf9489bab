package exam_test

import (
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
)

func (p *peer) handshake() bool {
	req, err := http.ReadRequest(p.br)
	if err != nil {
		return false
	}
	refuse := func(status, more string) bool {
		_, _ = io.WriteString(p.conn, "HTTP/1.1 "+status+"\r\n"+more+"Connection: close\r\nContent-Length: 0\r\n\r\n")
		return false
	}
	has := func(name, token string) bool {
		for _, v := range req.Header.Values(name) {
			for t := range strings.SplitSeq(v, ",") {
				t = strings.TrimSpace(t)
				if p.has("compares tokens exactly") && t == token || !p.has("compares tokens exactly") && strings.EqualFold(t, token) {
					return true
				}
			}
		}
		return false
	}
	keys := req.Header.Values("Sec-WebSocket-Key")
	if !p.has("checks no request") {
		if req.Method != "GET" || req.Host == "" || len(keys) != 1 || !has("Upgrade", "websocket") || !has("Connection", "Upgrade") {
			return refuse("400 Bad Request", "")
		}
		if nonce, err := base64.StdEncoding.DecodeString(keys[0]); err != nil || len(nonce) != 16 {
			return refuse("400 Bad Request", "")
		}
		if v := req.Header.Values("Sec-WebSocket-Version"); len(v) != 1 || v[0] != "13" {
			return refuse("426 Upgrade Required", "Sec-WebSocket-Version: 13\r\n")
		}
	}
	keys = append(keys, "")
	if p.has("hashes the wrong key") {
		keys[0] = strings.ToLower(keys[0])
	}
	sum := sha1.Sum([]byte(keys[0] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	head := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n"
	if x := req.Header.Get("Sec-WebSocket-Extensions"); x != "" && p.has("accepts every extension") {
		head += "Sec-WebSocket-Extensions: " + x + "\r\n"
	}
	if p.has("speaks the toy extension") && has("Sec-WebSocket-Extensions", "x-flip") {
		head += "Sec-WebSocket-Extensions: x-flip\r\n"
	}
	if x := req.Header.Get("Sec-WebSocket-Protocol"); x != "" && p.has("invents a subprotocol") {
		head += "Sec-WebSocket-Protocol: chat\r\n"
	}
	_, err = io.WriteString(p.conn, head+"\r\n")
	return err == nil
}
