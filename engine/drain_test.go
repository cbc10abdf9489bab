package engine_test

import (
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

func TestDrainAllAtOnce(t *testing.T) {
	m := inMemory(t, engine.Config{DrainWindow: -1}, engine.Handler{})
	m.on(func(c *engine.Conn) { c.Send(frame.OpText, []byte("before")) })
	shaking := m.Dial()
	shaking.Write([]byte("GET / HTTP/1.1\r\n"))
	m.Drain()
	m.Drain() // a second time does nothing
	m.Settle()
	fs := m.Frames()
	if len(fs) != 2 || string(fs[0].Payload) != "before" || closeCode(fs) != frame.StatusGoingAway {
		t.Errorf("the client got %v", fs)
	}
	if !shaking.Closed() || shaking.Received() != 0 {
		t.Errorf("in its handshake: closed %t, %d bytes came", shaking.Closed(), shaking.Received())
	}
	if o := m.conn.Send(frame.OpText, nil); o != engine.Closed {
		t.Errorf("a send behind the close frame: %v", o)
	}
	m.Send(frame.OpClose, nil)
	m.CloseWrite()
	m.ended(t, frame.StatusGoingAway, false, nil)
}

// Who comes late, by a request that was under way, is told to come again.
func TestDrainRefusesHandshakes(t *testing.T) {
	s := enginetest.New(t, engine.Config{}, engine.Handler{Open: func(*engine.Conn) { t.Error("Open ran") }})
	c := s.Dial()
	s.Drain()
	s.Settle()
	if r := c.Handshake("/"); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("%s, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
	}
}

// Those whose peers close first are not closed twice, and the others' shares do not change.
func TestDrainOfThoseWhoLeave(t *testing.T) {
	s := enginetest.New(t, engine.Config{}, engine.Handler{})
	var cs []*enginetest.Client
	for range 100 {
		c := s.Dial()
		c.Handshake("/")
		cs = append(cs, c)
	}
	s.Drain()
	s.Settle()
	for i, c := range cs {
		switch i % 3 {
		case 0:
			c.CloseWrite()
		case 1:
			c.Send(frame.OpClose, frame.AppendClose(nil, frame.StatusNormal, ""))
		}
	}
	s.Advance(time.Second + tick)
	for i, c := range cs {
		want := []frame.Status{0, frame.StatusNormal, frame.StatusGoingAway}[i%3]
		if got := closeCode(c.Frames()); got != want {
			t.Errorf("client %d got close code %d, want %d", i, got, want)
		}
	}
	s.Advance(5*time.Second + tick)
	if n := s.Engine().Stats().Conns; n != 0 {
		t.Errorf("%d are left", n)
	}
}
