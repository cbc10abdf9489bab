package engine_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

func runOf(n, size int) (*frame.Run, []byte) {
	var ms []*frame.Message
	var wire []byte
	for i := range n {
		m := frame.NewMessage(frame.OpBinary, bytes.Repeat([]byte{byte(i)}, size))
		ms, wire = append(ms, m), append(wire, m.Wire()...)
	}
	return frame.NewRun(ms), wire
}

// A run arrives whole and in order behind what was sent before and before what is sent after, in one write, for
// members that stand alike and for one that does not.
func TestSendRun(t *testing.T) {
	var conns []*engine.Conn
	s := enginetest.New(t, engine.Config{Loops: 1}, engine.Handler{Open: func(c *engine.Conn) { conns = append(conns, c) }})
	var clients []*enginetest.Client
	for range 5 {
		c := s.Dial()
		c.Handshake("/")
		clients = append(clients, c)
	}
	s.Settle()
	run, wire := runOf(7, 50)
	second, wire2 := runOf(3, 20)
	before, after := frame.NewMessage(frame.OpText, []byte("before")), frame.NewMessage(frame.OpText, []byte("after"))
	writes := s.Engine().Stats().Writes
	s.Engine().Loop(0).Post(func() {
		conns[2].SendMessage(before)
		for i, c := range conns {
			if !c.SendRun(run) || !c.SendRun(second) || !c.SendRun(run) || c.SendMessage(after) != engine.Sent {
				t.Errorf("connection %d did not take it", i)
			}
			if want := 2*run.Size() + second.Size() + after.Len(); c.Buffered() < want {
				t.Errorf("connection %d has %d bytes to write, want %d", i, c.Buffered(), want)
			}
		}
	})
	s.Settle()
	if n := s.Engine().Stats().Writes - writes; n != 5 {
		t.Errorf("%d writes, want one a connection", n)
	}
	want := append(bytes.Clone(wire), wire2...)
	want = append(append(want, wire...), after.Wire()...)
	for i, c := range clients {
		if i == 2 {
			want = append(bytes.Clone(before.Wire()), want...)
		}
		if got := c.Read(); !bytes.Equal(got, want) {
			t.Errorf("client %d got %d bytes, want %d:\n%x\n%x", i, len(got), len(want), got, want)
		}
		if i == 2 {
			want = want[before.Len():]
		}
	}
	if n := s.Engine().Stats().MessagesOut; n != 5*(7+3+7+1)+1 {
		t.Errorf("%d messages counted", n)
	}
}

// Where not everything can be taken alike nothing is, and nothing of it shows.
func TestSendRunRefuses(t *testing.T) {
	small, _ := runOf(3, 10)
	for _, row := range []struct {
		name string
		run  func() *frame.Run
		prep func(m *mem, c *engine.Conn)
	}{
		{"too large for one write", func() *frame.Run { r, _ := runOf(3, 30<<10); return r }, func(*mem, *engine.Conn) {}},
		{"too large behind what waits", func() *frame.Run { r, _ := runOf(2, 20<<10); return r }, func(_ *mem, c *engine.Conn) {
			c.SendMessage(frame.NewMessage(frame.OpBinary, make([]byte, 40<<10)))
		}},
		{"full socket", func() *frame.Run { return small }, func(m *mem, c *engine.Conn) {
			m.SetCapacity(10)
			c.Send(frame.OpBinary, make([]byte, 100))
			c.SendMessage(frame.NewMessage(frame.OpBinary, make([]byte, 64<<10))) // writes what was there
		}},
		{"closing", func() *frame.Run { return small }, func(_ *mem, c *engine.Conn) { c.Close(frame.StatusNormal, "") }},
		{"a message that is no application's", func() *frame.Run {
			return frame.NewRun([]*frame.Message{frame.NewMessage(frame.OpText, nil), frame.NewMessage(frame.OpClose, nil)})
		}, func(*mem, *engine.Conn) {}},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := inMemory(t, engine.Config{}, engine.Handler{})
			m.on(func(c *engine.Conn) {
				row.prep(m, c)
				n := c.Buffered()
				if c.SendRun(row.run()) {
					t.Error("taken")
				}
				if c.Buffered() != n {
					t.Errorf("%d bytes wait, before it were %d", c.Buffered(), n)
				}
			})
		})
	}
}

func ExampleConn_SendRun() {
	s := enginetest.New(nil, engine.Config{}, engine.Handler{Open: func(c *engine.Conn) {
		run := frame.NewRun([]*frame.Message{
			frame.NewMessage(frame.OpText, []byte("one")), frame.NewMessage(frame.OpText, []byte("two")),
		})
		if !c.SendRun(run) {
			for _, m := range run.Messages() {
				c.SendMessage(m)
			}
		}
	}})
	c := s.Dial()
	c.Handshake("/")
	s.Settle()
	for _, f := range c.Frames() {
		fmt.Println(string(f.Payload))
	}
	// Output:
	// one
	// two
}
