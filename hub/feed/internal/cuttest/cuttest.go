// Package cuttest is a way to a server that a test can cut off, as networks do.
package cuttest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Way passes connections on to a server.
type Way struct {
	Addr string // "127.0.0.1:PORT", to connect to

	mu   sync.Mutex
	over bool
	open []net.Conn
}

// New returns a way to the server at the address. It ends with the test.
func New(t *testing.T, to string) *Way {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Way{Addr: ln.Addr().String()}
	var run sync.WaitGroup
	run.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			run.Go(func() { w.pass(c, to) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		w.mu.Lock()
		w.over = true
		w.mu.Unlock()
		w.Cut()
		run.Wait()
	})
	return w
}

// Cut ends all connections.
func (w *Way) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.open {
		_ = c.Close()
	}
	w.open = nil
}

// pass carries one connection, until one end has gone.
func (w *Way) pass(from net.Conn, addr string) {
	defer func() { _ = from.Close() }()
	to, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	w.mu.Lock()
	if w.over {
		w.mu.Unlock()
		return
	}
	w.open = append(w.open, from, to)
	w.mu.Unlock()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(from, to)
		_ = from.Close()
	})
	_, _ = io.Copy(to, from)
	_ = to.Close()
	back.Wait()
}
