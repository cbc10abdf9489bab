package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// Drain is owed whichever way the high mark was reached: here by a large message behind replies that had
// filled the socket.
func TestDrainAfterALargeReply(t *testing.T) {
	m := inMemory(t, engine.Config{}, engine.Handler{Message: func(c *engine.Conn, op frame.Op, _ []byte) {
		c.Send(op, make([]byte, 20<<10))
		c.SendMessage(frame.NewMessage(op, make([]byte, 50<<10)))
	}})
	m.SetCapacity(1 << 10)
	m.Send(frame.OpBinary, []byte("x"))
	if n := m.conn.Buffered(); n < 64<<10 {
		t.Fatalf("%d bytes wait: the test does not reach the high mark", n)
	}
	m.SetCapacity(-1)
	m.Advance(time.Second)
	if len(m.drains) != 1 || m.conn.Buffered() != 0 {
		t.Errorf("Drain ran at %v, %d bytes are left", m.drains, m.conn.Buffered())
	}
}

// Drain runs at the low mark, not before, and once.
func TestDrainAtTheLowMark(t *testing.T) {
	m := inMemory(t, engine.Config{HighWatermark: 1000, LowWatermark: 300}, engine.Handler{})
	m.SetCapacity(0)
	m.on(func(c *engine.Conn) {
		for c.Send(frame.OpBinary, make([]byte, 96)) != engine.Dropped {
		}
	})
	at := m.conn.Buffered()
	for m.conn.Buffered() > 0 {
		m.SetCapacity(m.Pending() + 100)
		m.Advance(200 * time.Millisecond)
		if low := m.conn.Buffered() <= 300; low != (len(m.drains) == 1) {
			t.Fatalf("at %d of %d: Drain ran %d times", m.conn.Buffered(), at, len(m.drains))
		}
	}
	if m.drains[0] > 300 {
		t.Errorf("Drain ran at %d", m.drains[0])
	}
}

// A Drain that fills its own socket again, and others', for as long as it is asked: nothing is lost or forgotten.
func TestDrainFillsOthers(t *testing.T) {
	var other *engine.Conn
	big := frame.NewMessage(frame.OpBinary, make([]byte, 900))
	m := inMemory(t, engine.Config{HighWatermark: 1000, LowWatermark: 300}, engine.Handler{
		Open: func(c *engine.Conn) { other = c },
		Drain: func(c *engine.Conn) {
			for range 3 { // the third is over the mark, so the first two are written inside this callback
				other.SendMessage(big)
			}
		},
	})
	o := m.Dial()
	o.Handshake("/")
	o.SetCapacity(100)
	m.Stall()
	m.on(func(c *engine.Conn) { c.SendMessage(big); c.SendMessage(big); c.SendMessage(big) })
	m.Unstall()
	m.Advance(time.Second)
	if len(m.drains) == 0 || other.Buffered() == 0 {
		t.Fatalf("Drain ran %d times, %d bytes wait at the other", len(m.drains), other.Buffered())
	}
	o.SetCapacity(-1)
	m.Advance(time.Second)
	if other.Buffered() != 0 {
		t.Errorf("%d bytes still wait at the other, whose socket takes everything", other.Buffered())
	}
}

// The answer to the handshake is never dropped, even if not a byte of it has gone out when the connection is failed.
func TestSlowHandshakeAnswerIsKept(t *testing.T) {
	s := enginetest.New(t, engine.Config{}, engine.Handler{})
	c := s.Dial()
	c.Stall()
	c.Write(enginetest.Request("/"))
	c.Write([]byte{0x83, 0x80, 0, 0, 0, 0}) // a reserved opcode
	c.Unstall()
	s.Advance(time.Second)
	r, rest, err := enginetest.Response(c.Read(), "")
	if err != nil || r.StatusCode != 101 {
		t.Fatalf("%v, %v", r, err)
	}
	if fs, _, _ := enginetest.Frames(rest); closeCode(fs) != frame.StatusProtocolError {
		t.Errorf("behind it: %v", fs)
	}
}

// Only one pong is ever pending, that for the latest ping (RFC 6455 5.5.3).
func TestOnePongBehindAFullSocket(t *testing.T) {
	m := inMemory(t, engine.Config{}, engine.Handler{})
	m.Stall()
	m.on(func(c *engine.Conn) { c.Send(frame.OpText, []byte("x")) })
	before := m.conn.Buffered()
	for i := range 1000 {
		m.Send(frame.OpPing, []byte{byte(i), byte(i >> 8)})
	}
	if n := m.conn.Buffered(); n != before {
		t.Errorf("a thousand pings made %d bytes of %d", n, before)
	}
	m.Unstall()
	m.Advance(time.Second)
	fs := m.Frames()
	if len(fs) != 2 || fs[1].Op != frame.OpPong || string(fs[1].Payload) != string([]byte{999 & 0xff, 999 >> 8}) {
		t.Errorf("the client got %v", fs)
	}
}

// A client that sends and never reads is held to the high mark by an echo, and costs no more.
func TestEchoToNobodyIsBounded(t *testing.T) {
	m := inMemory(t, engine.Config{}, engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p) }})
	m.Stall()
	p := enginetest.Frame(frame.OpText, []byte(strings.Repeat("x", 1000)))
	for range 10_000 {
		m.Write(p)
		if n := m.conn.Buffered(); n > 64<<10+1004 {
			t.Fatalf("%d bytes buffered", n)
		}
	}
	if st := m.Engine().Stats(); st.Dropped < 9000 || len(m.closed) != 0 {
		t.Errorf("%d dropped, closed %v", st.Dropped, m.closed)
	}
}

// The pause between tries doubles while nothing moves: a stalled socket is tried eight times a second.
func TestStalledSocketIsTriedSeldom(t *testing.T) {
	m := inMemory(t, engine.Config{WriteTimeout: -1, PingAfter: -1, DeadAfter: -1}, engine.Handler{})
	m.Stall()
	m.on(func(c *engine.Conn) { c.Send(frame.OpText, []byte("x")) })
	m.Advance(time.Second)
	before := m.Engine().Stats().Writes
	m.Advance(10 * time.Second)
	if n := m.Engine().Stats().Writes - before; n < 60 || n > 90 {
		t.Errorf("%d tries in 10 s", n)
	}
}
