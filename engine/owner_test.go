//go:build race || invariants

package engine_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// Every method of a Conn that may not be called from another goroutine says so, and how to do it instead.
func TestConnOnAnotherGoroutine(t *testing.T) {
	m := inMemory(t, engine.Config{}, engine.Handler{})
	msg := frame.NewMessage(frame.OpText, nil)
	for name, call := range map[string]func(*engine.Conn){
		"Send":          func(c *engine.Conn) { c.Send(frame.OpText, nil) },
		"SendMessage":   func(c *engine.Conn) { c.SendMessage(msg) },
		"SendUnder":     func(c *engine.Conn) { c.SendUnder(engine.PolicyQueue, msg) },
		"SendFree":      func(c *engine.Conn) { c.SendFree(msg) },
		"Congested":     func(c *engine.Conn) { c.Congested() },
		"Policy":        func(c *engine.Conn) { c.Policy() },
		"Buffered":      func(c *engine.Conn) { c.Buffered() },
		"Close":         func(c *engine.Conn) { c.Close(frame.StatusNormal, "") },
		"User":          func(c *engine.Conn) { c.User() },
		"SetUser":       func(c *engine.Conn) { c.SetUser(1) },
		"SetSlowPolicy": func(c *engine.Conn) { c.SetSlowPolicy(engine.PolicyDisconnect) },
		"RemoteAddr":    func(c *engine.Conn) { c.RemoteAddr() },
		"Subprotocol":   func(c *engine.Conn) { c.Subprotocol() },
	} {
		said := make(chan any)
		go func() {
			defer func() { said <- recover() }()
			call(m.conn)
		}()
		if s, _ := (<-said).(string); !strings.Contains(s, "Ref.Post") {
			t.Errorf("%s: said %q", name, s)
		}
		func() {
			defer func() {
				if r := recover(); r != nil && name != "Close" {
					t.Errorf("%s on its own loop: %v", name, r)
				}
			}()
			if name != "Close" {
				m.on(call)
			}
		}()
	}
	// Ref and Loop are for any goroutine.
	done := make(chan bool)
	go func() { done <- m.conn.Ref().Post(func(*engine.Conn) {}) && m.conn.Loop().Post(func() {}) }()
	if !<-done {
		t.Error("a post from another goroutine reported false")
	}
	m.Settle()
	if len(m.closed) != 0 {
		t.Errorf("Close got %v", m.closed)
	}
}

// Who keeps the bytes of a message sees them scribbled over, wherever they lay: in the read buffer, or in the
// connection's own.
func TestKeptMessageIsScribbledOver(t *testing.T) {
	whole := enginetest.Frame(frame.OpBinary, []byte("keep me"))
	for name, reads := range map[string][][]byte{"in one read": {whole}, "in two": {whole[:8], whole[8:]}} {
		var kept []byte
		m := inMemory(t, engine.Config{}, engine.Handler{Message: func(_ *engine.Conn, _ frame.Op, p []byte) {
			if string(p) != "keep me" {
				t.Errorf("%s: Message got %q", name, p)
			}
			kept = p
		}})
		for _, r := range reads {
			m.Inject(bytes.Clone(r)) // not Write, which overwrites its buffer by itself
		}
		if want := bytes.Repeat([]byte{0xA5}, 7); !bytes.Equal(kept, want) {
			t.Errorf("%s: kept %q", name, kept)
		}
	}
}
