package wsclient_test

import (
	"bytes"
	"io"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/wsclient"
)

// serve answers one connection with p and returns its address.
func serve(t *testing.T, p string) string {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = ln.Close(); <-done })
	go func() {
		defer close(done)
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		var head []byte
		for one := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); head = append(head, one...) {
			if _, err := c.Read(one); err != nil {
				return
			}
		}
		_, _ = io.WriteString(c, p)
		_, _ = io.Copy(c, c) // back what comes, until the end
	}()
	return ln.Addr().String()
}

func TestTargetOpen(t *testing.T) {
	to, err := wsclient.NewTarget(serve(t, good+"more"), "/feed")
	if err != nil {
		t.Fatal(err)
	}
	to.ReceiveBuffer = 16 << 10
	buf := make([]byte, wsclient.MaxHead)
	fd, have, err := to.Open(buf)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF); err != nil || n != 32<<10 {
		t.Errorf("SO_RCVBUF is %d, %v", n, err)
	}
	if err := wsclient.WriteAll(fd, []byte(" and back")); err != nil {
		t.Fatal(err)
	}
	for have < len("more and back") {
		if have, err = wsclient.ReadMore(fd, buf, have); err != nil {
			t.Fatal(err)
		}
	}
	if string(buf[:have]) != "more and back" {
		t.Errorf("%q", buf[:have])
	}
	if err := unix.Shutdown(fd, unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	if _, err := wsclient.ReadMore(fd, buf, 0); err == nil {
		t.Error("no error at the end")
	}
}

func TestTargetRefused(t *testing.T) {
	to, err := wsclient.NewTarget(serve(t, "HTTP/1.1 503 Service Unavailable\r\n\r\n"), "/feed")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := to.Open(make([]byte, wsclient.MaxHead)); err == nil {
		t.Error("a refused handshake is no error")
	}
	if _, err := wsclient.NewTarget("no port", "/"); err == nil {
		t.Error("an address without a port is no error")
	}
}
