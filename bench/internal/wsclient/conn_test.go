package wsclient_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/wsclient"
)

// answering is a server that says a thing to the first who asks, goes on with then, and ends the connection.
func answering(t *testing.T, says string, then func(net.Conn)) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		if _, err := c.Read(make([]byte, 4096)); err != nil {
			return
		}
		if _, err := io.WriteString(c, says); err == nil && then != nil {
			then(c)
		}
	}()
	return ln.Addr().String()
}

func TestDial(t *testing.T) {
	addr := answering(t, good, func(c net.Conn) {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			_, _ = io.WriteString(c, "later")
		}
	})
	c, err := wsclient.Dial(t.Context(), addr, "/feed")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(c); string(b) != "later" || err != nil {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestDialFails(t *testing.T) {
	var refused *wsclient.RefusedError
	if _, err := wsclient.Dial(t.Context(), answering(t, "HTTP/1.1 503 Service Unavailable\r\n\r\n", nil), "/"); !errors.As(err, &refused) || refused.Status != 503 {
		t.Error("refused:", err)
	}
	if _, err := wsclient.Dial(t.Context(), answering(t, "nonsense\r\n\r\n", nil), "/"); !errors.As(err, &refused) || refused.Status != 0 {
		t.Error("nonsense:", err)
	}
	if _, err := wsclient.Dial(t.Context(), answering(t, good+"x", nil), "/"); err == nil || !strings.Contains(err.Error(), `came "x"`) {
		t.Error("more than an answer:", err)
	}
	if _, err := wsclient.Dial(t.Context(), answering(t, good[:20], nil), "/"); !errors.Is(err, io.EOF) {
		t.Error("half an answer:", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	silent := answering(t, "", func(net.Conn) { cancel(); <-ctx.Done() })
	if _, err := wsclient.Dial(ctx, silent, "/"); err == nil {
		t.Error("given up, and there is no error")
	}
}
