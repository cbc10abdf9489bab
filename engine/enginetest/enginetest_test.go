package enginetest_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// engine.Loop is a hub.Loop, though neither package knows of the other.
var _ hub.Loop = (*engine.Loop)(nil)

func TestEngineLoopIsAHubLoop(t *testing.T) {
	for _, i := range []int{0, 2} {
		t.Run(fmt.Sprint("loop ", i), func(t *testing.T) {
			hubtest.TestLoop(t, func(t *testing.T) hubtest.Subject {
				s := enginetest.New(t, engine.Config{Loops: 3}, engine.Handler{})
				return hubtest.Subject{Loop: s.Engine().Loop(i), Pump: s.Settle, Stop: s.Stop}
			})
		})
	}
}

// A million clients must fit a benchmark.
func TestClientSize(t *testing.T) {
	if n := unsafe.Sizeof(enginetest.Client{}); n > 64 {
		t.Errorf("a Client takes %d bytes, want at most 64", n)
	}
}

func TestDialSpreadsOverLoops(t *testing.T) {
	s := enginetest.New(t, engine.Config{Loops: 3}, engine.Handler{})
	for i := range 7 {
		if c := s.Dial(); c.Loop() != i%3 {
			t.Errorf("client %d is on loop %d", i, c.Loop())
		}
	}
	if c := s.DialLoop(1); c.Loop() != 1 {
		t.Errorf("DialLoop(1) is on loop %d", c.Loop())
	}
}

func TestDialFrom(t *testing.T) {
	var peers []string
	s := enginetest.New(t, engine.Config{}, engine.Handler{Open: func(c *engine.Conn) { peers = append(peers, c.RemoteAddr().String()) }})
	s.Dial().Handshake("/")
	s.Dial().Handshake("/")
	s.DialFrom(netip.MustParseAddrPort("[2001:db8::1]:443")).Handshake("/")
	if got := strings.Join(peers, " "); got != "192.0.2.1:0 192.0.2.1:1 [2001:db8::1]:443" {
		t.Errorf("peers %s", got)
	}
}

// opened returns a server and a client behind its handshake.
func opened(t *testing.T, cfg engine.Config, h engine.Handler) (*enginetest.Server, *enginetest.Client, *engine.Ref) {
	t.Helper()
	ref := new(engine.Ref)
	h.Open = func(c *engine.Conn) { *ref = c.Ref() }
	s := enginetest.New(t, cfg, h)
	c := s.Dial()
	if r := c.Handshake("/"); r.StatusCode != 101 {
		t.Fatalf("handshake: %s", r.Status)
	}
	return s, c, ref
}

func TestCapacity(t *testing.T) {
	s, c, ref := opened(t, engine.Config{}, engine.Handler{})
	c.SetCapacity(10)
	ref.Send(frame.OpText, []byte("0123456789abcdef")) // 18 bytes of frame
	s.Settle()
	if c.Pending() != 10 {
		t.Fatalf("%d bytes pending, want 10", c.Pending())
	}
	s.Advance(time.Second)
	if c.Pending() != 10 {
		t.Fatalf("%d bytes pending although nothing was read", c.Pending())
	}
	first := string(c.Read())
	s.Advance(time.Second)
	if all := first + string(c.Read()); all != "\x81\x100123456789abcdef" {
		t.Errorf("got %q", all)
	}
	if c.Received() != uint64(18+len(handshakeAnswer)) {
		t.Errorf("received %d bytes in all", c.Received())
	}
}

const handshakeAnswer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

func TestStall(t *testing.T) {
	s, c, ref := opened(t, engine.Config{}, engine.Handler{})
	c.Stall()
	ref.Send(frame.OpText, []byte("x"))
	s.Advance(time.Second)
	if c.Pending() != 0 {
		t.Fatalf("%d bytes came through a stalled socket", c.Pending())
	}
	c.Unstall()
	s.Advance(time.Second)
	if fs := c.Frames(); len(fs) != 1 || string(fs[0].Payload) != "x" {
		t.Errorf("frames %v", fs)
	}
}

func TestFailNextWrite(t *testing.T) {
	boom := errors.New("boom")
	var closed error
	s, c, ref := opened(t, engine.Config{}, engine.Handler{Close: func(_ *engine.Conn, err error) { closed = err }})
	c.FailNextWrite(boom)
	ref.Send(frame.OpText, []byte("x"))
	s.Settle()
	if !errors.Is(closed, boom) || !c.Closed() || c.Pending() != 0 {
		t.Errorf("Close got %v, closed %t, %d bytes pending", closed, c.Closed(), c.Pending())
	}
	if c.Write([]byte("x")) || c.Send(frame.OpText, nil) {
		t.Error("a write to a closed connection reported true")
	}
}

func TestEndsOfTheClient(t *testing.T) {
	for _, row := range []struct {
		name   string
		end    func(*enginetest.Client)
		remote bool
	}{
		{"FIN", (*enginetest.Client).CloseWrite, true},
		{"reset", (*enginetest.Client).Reset, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			var closed *engine.CloseError
			s, c, _ := opened(t, engine.Config{}, engine.Handler{Close: func(_ *engine.Conn, err error) { errors.As(err, &closed) }})
			row.end(c)
			row.end(c) // a second time does nothing
			s.Settle()
			if closed == nil || closed.Code != frame.StatusAbnormal || closed.Remote != row.remote || (closed.Err == nil) != row.remote {
				t.Errorf("Close got %+v", closed)
			}
		})
	}
}

func TestRefusedDial(t *testing.T) {
	s := enginetest.New(t, engine.Config{MaxConns: 1}, engine.Handler{})
	s.Dial()
	c := s.Dial()
	r, rest, err := enginetest.Response(c.Read(), "")
	if err != nil || r.StatusCode != 503 || len(rest) != 0 || !c.Closed() {
		t.Fatalf("answer %v, %v, %d bytes behind it", r, err, len(rest))
	}
	if c.Write(enginetest.Request("/")) {
		t.Error("a refused client could write")
	}
}

func TestDiscard(t *testing.T) {
	_, c, _ := opened(t, engine.Config{}, engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p) }})
	before := c.Received()
	c.Discard()
	c.Inject(enginetest.Frame(frame.OpBinary, []byte("abc")))
	if got := c.Received() - before; got != 5 || c.Pending() != 0 {
		t.Errorf("received %d bytes and kept %d, want 5 and 0", got, c.Pending())
	}
}

// The loop's read buffer is overwritten after a read: what a handler keeps of a message is garbage.
func TestReadBufferIsOverwritten(t *testing.T) {
	var kept []byte
	_, c, _ := opened(t, engine.Config{}, engine.Handler{Message: func(_ *engine.Conn, _ frame.Op, p []byte) { kept = p }})
	c.Send(frame.OpText, []byte("keep me"))
	if len(kept) != 7 || strings.Contains(string(kept), "k") {
		t.Errorf("kept %q", kept)
	}
}

// Jump moves the clock in one step, Advance in the engine's ticks.
func TestJump(t *testing.T) {
	s := enginetest.New(t, engine.Config{HandshakeTimeout: time.Second}, engine.Handler{})
	c := s.Dial()
	s.Jump(time.Hour)
	if c.Closed() {
		t.Fatal("closed with no tick")
	}
	s.Tick(0)
	if !c.Closed() || s.Now() != time.Hour {
		t.Errorf("closed %t at %v", c.Closed(), s.Now())
	}
}

func TestFramesKeepsTheRest(t *testing.T) {
	whole := frame.AppendFrame(nil, frame.Header{Fin: true, Op: frame.OpText}, []byte("abc"))
	for cut := range len(whole) {
		fs, rest, err := enginetest.Frames(append(whole[:len(whole):len(whole)], whole[:cut]...))
		if err != nil || len(fs) != 1 || string(fs[0].Payload) != "abc" || len(rest) != cut {
			t.Errorf("cut %d: %v, %q, %v", cut, fs, rest, err)
		}
	}
	if _, _, err := enginetest.Frames(enginetest.Frame(frame.OpText, nil)); err == nil {
		t.Error("a masked frame passed for a server's")
	}
}

// More clients than this process may have descriptors: they are memory only.
func TestNoDescriptorsAreNeeded(t *testing.T) {
	s := enginetest.New(t, engine.Config{}, engine.Handler{})
	for range 100_000 {
		if c := s.Dial(); c.Closed() {
			t.Fatalf("refused with %d connections: %s", s.Engine().Stats().Conns, c.Read())
		}
	}
}
