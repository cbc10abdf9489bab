package engine

import (
	"net/http"
	"testing"
)

// chromeHead is what a browser sends: 13 headers, 500 bytes.
var chromeHead = []byte(head(
	"GET /feed?token=0123456789abcdef HTTP/1.1",
	"Host: stream.example.com",
	"Connection: Upgrade",
	"Pragma: no-cache",
	"Cache-Control: no-cache",
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
	"Upgrade: websocket",
	"Origin: https://stream.example.com",
	"Sec-WebSocket-Version: 13",
	"Accept-Encoding: gzip, deflate, br, zstd",
	"Accept-Language: en-US,en;q=0.9",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"))

var shortHead = []byte(with())

func BenchmarkHandshake(b *testing.B) {
	for _, in := range []struct {
		name string
		head []byte
	}{{"browser", chromeHead}, {"minimal", shortHead}} {
		b.Run("scan/"+in.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(in.head)))
			for b.Loop() {
				if n, _, err := scanHead(in.head, 0, headLimits{}); n == 0 || err != nil {
					b.Fatal(n, err)
				}
			}
		})
		b.Run("scan bytewise/"+in.name, func(b *testing.B) {
			b.SetBytes(int64(len(in.head)))
			for b.Loop() {
				next := 0
				for i := range in.head {
					_, next, _ = scanHead(in.head[:i+1], next, headLimits{})
				}
				if next != len(in.head) {
					b.Fatal(next)
				}
			}
		})
		b.Run("parse/"+in.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parseHead(in.head); err != nil {
					b.Fatal(err)
				}
			}
		})
		r, _ := parseHead(in.head)
		b.Run("check+respond/"+in.name, func(b *testing.B) {
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				out = answer(b, r, out[:0])
			}
		})
		b.Run("all/"+in.name, func(b *testing.B) {
			b.ReportAllocs()
			var out []byte
			for b.Loop() {
				n, _, _ := scanHead(in.head, 0, headLimits{})
				r, err := parseHead(in.head[:n])
				if err != nil {
					b.Fatal(err)
				}
				out = answer(b, r, out[:0])
			}
		})
	}
}

func answer(b *testing.B, r *http.Request, out []byte) []byte {
	key, herr := checkUpgrade(r)
	if herr != nil || !originAllowed(r, nil) {
		b.Fatal(herr)
	}
	out, err := appendAccept(out, r, key, Accept{})
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func BenchmarkReject(b *testing.B) {
	in := []byte(head("GET / HTTP/1.1", hHost))
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		r, _ := parseHead(in)
		_, err := checkUpgrade(r)
		out = appendReject(out[:0], err)
	}
	if len(out) == 0 {
		b.Fatal("no answer")
	}
}
