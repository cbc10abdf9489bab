package engine_test

import (
	"errors"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// mem is a server in memory with one open connection.
type mem struct {
	*enginetest.Server
	*enginetest.Client
	conn   *engine.Conn // every call here is on its loop: the test's goroutine is
	ref    engine.Ref
	closed []*engine.CloseError
	drains []int // Buffered at each Drain

	extensions string // the answer's
}

// inMemory opens a connection, with more header lines in its request; h's Open and Close run beside the helper's own.
func inMemory(t testing.TB, cfg engine.Config, h engine.Handler, headers ...string) *mem {
	t.Helper()
	m := &mem{}
	open, end, drain := h.Open, h.Close, h.Drain
	h.Open = func(c *engine.Conn) {
		if m.conn == nil {
			m.conn, m.ref = c, c.Ref()
		}
		if open != nil {
			open(c)
		}
	}
	h.Drain = func(c *engine.Conn) {
		m.drains = append(m.drains, c.Buffered())
		if drain != nil {
			drain(c)
		}
	}
	h.Close = func(c *engine.Conn, err error) {
		var ce *engine.CloseError
		if !errors.As(err, &ce) {
			t.Errorf("Close got %T", err)
		}
		m.closed = append(m.closed, ce)
		if end != nil {
			end(c, err)
		}
	}
	m.Server = enginetest.New(t, cfg, h)
	m.Client = m.Dial()
	r := m.Handshake("/", headers...)
	if r.StatusCode != 101 {
		t.Fatalf("handshake: %s", r.Status)
	}
	m.extensions = r.Header.Get("Sec-Websocket-Extensions")
	return m
}

// on runs f on the connection's loop, and lets the loop finish.
func (m *mem) on(f func(c *engine.Conn)) bool {
	ok := m.ref.Post(f)
	m.Settle()
	return ok
}

// closeCode is the code of the close frame among fs, 0 if there is none.
func closeCode(fs []enginetest.ServerFrame) frame.Status {
	for _, f := range fs {
		if f.Op == frame.OpClose {
			code, _, _ := frame.ParseClose(f.Payload)
			return code
		}
	}
	return 0
}

// ended checks how the connection ended.
func (m *mem) ended(t *testing.T, code frame.Status, remote bool, cause error) {
	t.Helper()
	if len(m.closed) != 1 {
		t.Fatalf("Close ran %d times", len(m.closed))
	}
	ce := m.closed[0]
	if ce.Code != code || ce.Remote != remote || !errors.Is(ce, cause) && cause != nil || cause == nil && ce.Err != nil {
		t.Errorf("Close got %v (remote %t); want %d, remote %t, because of %v", ce, ce.Remote, code, remote, cause)
	}
	if left := engine.StateOf(m.conn); left != "done" || !m.Closed() {
		t.Errorf("state %s, socket closed %t", left, m.Closed())
	}
}
