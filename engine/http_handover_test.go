package engine

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// holding is a socket whose stream can, or cannot, be given away.
type holding struct {
	wrote  []byte
	fin    bool
	closed bool
	other  net.Conn
	err    error
}

func (s *holding) Write(p []byte) (int, error) { s.wrote = append(s.wrote, p...); return len(p), nil }
func (s *holding) Writev(v [][]byte) (n int, err error) {
	for _, p := range v {
		s.wrote, n = append(s.wrote, p...), n+len(p)
	}
	return n, nil
}
func (s *holding) CloseWrite() error         { s.fin = true; return nil }
func (s *holding) Close(bool)                { s.closed = true }
func (s *holding) Peer() netip.AddrPort      { return netip.MustParseAddrPort("192.0.2.1:1") }
func (s *holding) SetPeer(netip.AddrPort)    {}
func (s *holding) detach() (net.Conn, error) { return s.other, s.err }

// detaching is what manualSocket is not: a socket around its Conn whose stream can be given away.
func detaching(l *Loop, s *holding) *Conn {
	ms := &manualSocket{Socket: s}
	l.socketOf = func(c *Conn) Socket {
		if c == &ms.conn {
			return s
		}
		return manualSocketOf(c)
	}
	l.owner.enter()
	l.open(&ms.conn)
	return &ms.conn
}

// What stands in the way of a hand-over is answered on the loop, and the connection stays counted there until it ends.
func TestHandOverFails(t *testing.T) {
	get := "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, row := range []struct {
		name   string
		set    func(e *Engine, s *holding)
		status string
		reason Reason
	}{
		{"no descriptors", func(_ *Engine, s *holding) { s.err = errors.New("too many open files") }, "HTTP/1.1 503 ", ReasonHTTPFull},
		{"too many", func(e *Engine, _ *holding) { e.web.conns.Store(int64(e.cfg.HTTP.MaxConns)) }, "HTTP/1.1 503 ", ReasonHTTPFull},
		{"the server is closed", func(e *Engine, _ *holding) { e.web.close() }, "HTTP/1.1 503 ", ReasonDraining},
		{"draining", func(e *Engine, _ *holding) { e.draining.Store(true) }, "HTTP/1.1 503 ", ReasonDraining},
		{"nobody serves HTTP", func(e *Engine, _ *holding) { e.web = nil }, "HTTP/1.1 400 ", ReasonBadHandshake},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, err := NewManual(Config{Loops: 1}, Handler{HTTP: http.NotFoundHandler()}, func() time.Duration { return 0 })
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := net.Pipe()
			defer theirs.Close()
			defer ours.Close()
			s := &holding{other: ours}
			row.set(m.e, s)
			counted := m.e.web
			before := int64(0)
			if counted != nil {
				before = counted.conns.Load()
			}
			if herr := m.e.admission.admit(s.Peer().Addr(), time.Unix(0, 0)); herr != nil {
				t.Fatal(herr)
			}
			c := detaching(m.e.loops[0], s)
			c.receive([]byte(get))
			if !strings.HasPrefix(string(s.wrote), row.status) || !strings.Contains(string(s.wrote), "Connection: close\r\n") || !s.fin || s.closed {
				t.Errorf("wrote %q, FIN %t, closed %t", s.wrote, s.fin, s.closed)
			}
			if got := m.e.Stats().Reasons; len(got) != 1 || got[row.reason] != 1 {
				t.Errorf("counted %v, want %v", got, row.reason)
			}
			if counted != nil && counted.conns.Load() != before {
				t.Errorf("%d connections counted with net/http, were %d", counted.conns.Load(), before)
			}
			if m.e.admission.total != 1 {
				t.Errorf("%d counted before the end, want 1", m.e.admission.total)
			}
			c.peerGone(nil)
			if m.e.admission.total != 0 || !s.closed {
				t.Errorf("%d counted after the end, closed %t", m.e.admission.total, s.closed)
			}
		})
	}
}

// A connection that was given away leaves no trace on the loop, and is counted out by net/http's side alone, once.
func TestHandOverMovesTheCount(t *testing.T) {
	m, err := NewManual(Config{Loops: 1}, Handler{HTTP: http.NotFoundHandler()}, func() time.Duration { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	defer theirs.Close()
	s := &holding{other: ours}
	if herr := m.e.admission.admit(s.Peer().Addr(), time.Unix(0, 0)); herr != nil {
		t.Fatal(herr)
	}
	l := m.e.loops[0]
	c := detaching(l, s)
	const sent = "GET / HTTP/1.1\r\nHost: a\r\n\r\nbehind"
	in := []byte(sent)
	c.receive(in)
	clear(in) // the loop's read buffer is used again
	l.handshakes = deadlines{}
	if rest := Leftovers(l); rest != "" || len(s.wrote) > 0 || !s.closed {
		t.Fatalf("left over: %s; wrote %q, closed %t", rest, s.wrote, s.closed)
	}
	for i := range closeCodes {
		if n := l.stats.codes[i].Load(); n != 0 {
			t.Errorf("close code %d counted", i)
		}
	}
	nc, err := m.e.web.ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 5)
	got := ""
	for len(got) < len(sent) {
		n, err := nc.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got += string(buf[:n])
	}
	if got != sent {
		t.Errorf("net/http reads %q", got)
	}
	if a := nc.RemoteAddr().String(); a != "192.0.2.1:1" {
		t.Errorf("RemoteAddr is %s", a)
	}
	for range 2 {
		_ = nc.Close()
		if m.e.admission.total != 0 || m.e.web.conns.Load() != 0 {
			t.Fatalf("%d counted, %d with net/http", m.e.admission.total, m.e.web.conns.Load())
		}
	}
}

// The queue between the loops and net/http never blocks, keeps its order, and closes what nobody took.
func TestWebListener(t *testing.T) {
	l := newWebListener()
	var cs []net.Conn
	for range 100 {
		c, _ := net.Pipe()
		cs = append(cs, c)
		if !l.push(c) {
			t.Fatal("refused")
		}
	}
	for i, want := range cs[:50] {
		if c, err := l.Accept(); err != nil || c != want {
			t.Fatalf("%d: another connection (%v)", i, err)
		}
	}
	waiting := newWebListener()
	end := make(chan error)
	go func() { _, err := waiting.Accept(); end <- err }()
	_ = waiting.Close()
	if err := <-end; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept returned %v", err)
	}
	_ = l.Close()
	_ = l.Close()
	for _, c := range cs[50:] {
		if _, err := c.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a queued connection is still open: %v", err)
		}
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) || l.push(cs[0]) {
		t.Errorf("after Close: %v", err)
	}
	if l.Addr().Network() != "weir" || l.Addr().String() == "" {
		t.Error("no address to tell")
	}
}
