package clients

import (
	"crypto/tls"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// takeOffTLS listens without TLS and passes everything on to a server with: each end of a stream, and each reset, as it is.
func takeOffTLS(t *testing.T, wss string) string {
	t.Helper()
	u, err := url.Parse(wss)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { _ = ln.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { proxy(c.(*net.TCPConn), u.Host) })
		}
	})
	host := ln.Addr().String()
	return "ws://" + host + "/"
}

func proxy(c *net.TCPConn, host string) {
	defer c.Close()
	under, err := net.Dial("tcp", host)
	if err != nil {
		return
	}
	defer under.Close()
	s := tls.Client(under, &tls.Config{InsecureSkipVerify: true})
	var wg sync.WaitGroup
	pass := func(dst, src net.Conn, end func() error) {
		if _, err := io.Copy(dst, src); err != nil { // a reset, which is passed on
			_ = c.SetLinger(0)
			_ = under.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
			_ = under.Close()
			return
		}
		_ = end()
	}
	wg.Go(func() { pass(s, c, func() error { _ = s.CloseWrite(); return under.(*net.TCPConn).CloseWrite() }) })
	wg.Go(func() { pass(c, s, c.CloseWrite) })
	wg.Wait()
}
