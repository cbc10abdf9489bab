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
	to   string // "": nobody gets through
	over bool
	open []net.Conn // both halves of each
}

// New returns a way to the server at the address. It ends with the test.
func New(t *testing.T, to string) *Way {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &Way{Addr: ln.Addr().String(), to: to}
	var run sync.WaitGroup
	run.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			run.Go(func() { w.pass(c) })
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

// Lead makes the way lead to another address, "" for nowhere, and returns the one before. Connections that there are stay.
func (w *Way) Lead(to string) (before string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, w.to = w.to, to
	return before
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
func (w *Way) pass(from net.Conn) {
	defer func() { _ = from.Close() }()
	to := w.join(from)
	if to == nil {
		return
	}
	defer func() { _ = to.Close() }()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(from, to)
		_ = from.Close()
	})
	_, _ = io.Copy(to, from)
	_ = to.Close()
	back.Wait()
}

// join connects to the server, for Cut to end. Under the lock, or one that is between its two halves would outlive a Cut.
func (w *Way) join(from net.Conn) net.Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.to == "" {
		return nil
	}
	to, err := net.Dial("tcp", w.to)
	if err != nil {
		return nil
	}
	w.open = append(w.open, from, to)
	return to
}
