package wsclient_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
)

// The key is that of RFC 6455 1.3, and so is the answer to it.
const good = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

func TestCheckHandshake(t *testing.T) {
	for n := range len(good) {
		if got, err := wsclient.CheckHandshake([]byte(good[:n])); got != 0 || err != nil {
			t.Errorf("of the first %d bytes: %d, %v", n, got, err)
		}
	}
	if n, err := wsclient.CheckHandshake([]byte(good + "\x81\x00")); n != len(good) || err != nil {
		t.Errorf("length %d, %v, want %d", n, err, len(good))
	}
	for name, bad := range map[string]string{
		"refused":        "HTTP/1.1 503 Service Unavailable\r\n\r\n",
		"another key":    strings.Replace(good, "s3pP", "S3pP", 1),
		"without an end": strings.Repeat("x", wsclient.MaxHead+1),
	} {
		if _, err := wsclient.CheckHandshake([]byte(bad)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestText(t *testing.T) {
	want := []byte{
		0x81,                   // FIN, text
		0x82,                   // masked, 2 bytes
		0x37, 0xfa, 0x21, 0x3d, // key
		'h' ^ 0x37, 'i' ^ 0xfa,
	}
	if got := wsclient.Text("hi"); !bytes.Equal(got, want) {
		t.Errorf("Text = % x, want % x", got, want)
	}
	if got := wsclient.Frame(frame.OpPong, nil); !bytes.Equal(got, []byte{0x8a, 0x80, 0x37, 0xfa, 0x21, 0x3d}) {
		t.Errorf("empty pong = % x", got)
	}
}

func TestHandshake(t *testing.T) {
	got := string(wsclient.Handshake("h:1", "/feed"))
	for _, want := range []string{"GET /feed HTTP/1.1\r\n", "\r\nHost: h:1\r\n", "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if !strings.HasSuffix(got, "\r\n\r\n") {
		t.Errorf("no end in %q", got)
	}
}
