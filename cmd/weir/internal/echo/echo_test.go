package echo_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/cmd/weir/internal/echo"
	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

func TestMain(m *testing.M) { testkit.VerifyNoLeaks(m) }

// start runs an echo server and returns its URL and a func that ends it and returns its error.
func start(t *testing.T) (url string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- echo.Run(ctx, echo.Options{Addr: "127.0.0.1:0"}, w, t.Output()) }()
	line := make([]byte, 200)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(line[:n]), "listening on ")
	if !ok {
		t.Fatalf("the server said %q", line[:n])
	}
	url, _, _ = strings.Cut(rest, " ")
	return url, func() error { cancel(); return <-done }
}

func TestEcho(t *testing.T) {
	url, stop := start(t)
	// Any path, and an origin from anywhere: suites run in browsers too.
	c, _, err := websocket.Dial(t.Context(), url+"any/path", &websocket.DialOptions{HTTPHeader: map[string][]string{"Origin": {"https://elsewhere.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(-1)
	for _, m := range []struct {
		typ websocket.MessageType
		p   []byte
	}{
		{websocket.MessageText, nil},
		{websocket.MessageText, []byte("héllo")},
		{websocket.MessageBinary, []byte{0, 255, 1}},
		{websocket.MessageBinary, bytes.Repeat([]byte{7}, echo.MaxMessage)},
	} {
		if err := c.Write(t.Context(), m.typ, m.p); err != nil {
			t.Fatal(err)
		}
		typ, p, err := c.Read(t.Context())
		if err != nil || typ != m.typ || !bytes.Equal(p, m.p) {
			t.Errorf("%v of %d bytes came back as %v of %d, %v", m.typ, len(m.p), typ, len(p), err)
		}
	}
	if err := c.Write(t.Context(), websocket.MessageBinary, make([]byte, echo.MaxMessage+1)); err == nil {
		_, _, err = c.Read(t.Context())
		if code := websocket.CloseStatus(err); code != websocket.StatusMessageTooBig {
			t.Errorf("a message over the limit ends with %v", err)
		}
	}
	_ = c.CloseNow()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestRunErrors(t *testing.T) {
	for addr, want := range map[string]string{"": "empty address", "127.0.0.1:nope": "listen on 127.0.0.1:nope"} {
		err := echo.Run(t.Context(), echo.Options{Addr: addr}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("on %q: %v, want %q", addr, err, want)
		}
	}
}
