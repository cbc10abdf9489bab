package engine_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// offers are n messages of size bytes on the wire, each with its number.
func offers(n, size int) (ms []*frame.Message, wire []byte) {
	for i := range n {
		p := fmt.Appendf(nil, "%0*d", size-2, i)
		ms = append(ms, frame.NewMessage(frame.OpText, p))
		wire = append(wire, ms[i].Wire()...)
	}
	return ms, wire
}

// Whatever room the socket has, and however often the rest is offered in Drain, the peer gets every message once and in order, and no more than one message
// ever waits in the connection.
func TestOffer(t *testing.T) {
	ms, wire := offers(50, 100)
	for _, capacity := range []int{0, 1, 99, 100, 101, 250, 2000, 4999, 5000, 9000} {
		var left []*frame.Message
		var offered int
		offer := func(c *engine.Conn) {
			offered++
			left = left[c.Offer(left):]
			if n := c.Buffered(); n > 100 {
				t.Errorf("room for %d: %d bytes wait", capacity, n)
			}
			if all := len(left) == 0; !all != c.Congested() && capacity != 0 {
				t.Errorf("room for %d: %d are left, and Drain is owed: %v", capacity, len(left), c.Congested())
			}
		}
		m := inMemory(t, engine.Config{}, engine.Handler{Drain: offer})
		m.SetCapacity(capacity)
		left = ms
		m.on(offer)
		var got []byte
		for n := 0; n < 20_000 && len(got) < len(wire); n++ {
			m.Advance(4 * time.Millisecond)
			got = append(got, m.Read()...)
			if capacity == 0 {
				m.SetCapacity(-1)
			}
		}
		if !bytes.Equal(got, wire) || len(left) > 0 {
			t.Errorf("room for %d: %d bytes arrived, want %d; %d messages were not taken after %d offers", capacity, len(got), len(wire), len(left), offered)
		}
		if st := m.Engine().Stats(); st.MessagesOut != uint64(len(ms)) {
			t.Errorf("room for %d: %d messages are counted", capacity, st.MessagesOut)
		}
	}
}

// So it does in each form that a connection may get of a message.
func TestOfferCompressed(t *testing.T) {
	var ms []*frame.Message
	for i := range 300 {
		ms = append(ms, frame.NewMessage(frame.OpText, jsonText(100+40*(i%60), i)))
	}
	for name, cfg := range map[string]engine.Compression{"shared": {}, "small window": {ServerWindowBits: 9}, "takeover": {ServerContextTakeover: true}} {
		left := ms
		offer := func(c *engine.Conn) { left = left[c.Offer(left):] }
		m := inMemory(t, deflating(cfg), engine.Handler{Drain: offer}, offerDeflate)
		z := newZclient(t, m.extensions)
		m.SetCapacity(3000)
		m.on(offer)
		got := 0
		for n := 0; n < 20_000 && got < len(ms); n++ {
			for _, f := range m.Frames() {
				if p, _ := z.open(f); got == len(ms) || !bytes.Equal(p, ms[got].Payload()) {
					t.Fatalf("%s: message %d is %.40q", name, got, p)
				}
				got++
			}
			m.Advance(4 * time.Millisecond)
		}
		if st := m.Engine().Stats(); got != len(ms) || len(left) > 0 || st.MessagesOut != uint64(len(ms)) {
			t.Errorf("%s: %d of %d messages, %d were not taken, %d are counted", name, got, len(ms), len(left), st.MessagesOut)
		}
	}
}

// What was accepted before stays before; while it waits nothing is taken.
func TestOfferBehindOthers(t *testing.T) {
	ms, _ := offers(2, 100)
	m := inMemory(t, engine.Config{}, engine.Handler{})
	m.on(func(c *engine.Conn) {
		c.Send(frame.OpText, []byte("first"))
		c.SendMessage(frame.NewMessage(frame.OpText, []byte("second")))
		if n := c.Offer(ms); n != 2 {
			t.Errorf("%d taken", n)
		}
	})
	if got := m.Read(); !bytes.HasPrefix(got, append([]byte("\x81\x05first\x81\x06second"), ms[0].Wire()...)) {
		t.Errorf("%q", got)
	}
	m.SetCapacity(0)
	m.on(func(c *engine.Conn) {
		c.Send(frame.OpText, []byte("third"))
		if n := c.Offer(ms); n != 0 || !c.Congested() {
			t.Errorf("%d taken; Drain is owed: %v", n, c.Congested())
		}
	})
	m.SetCapacity(-1)
	m.Advance(time.Second)
	if got := m.Read(); string(got) != "\x81\x05third" || len(m.drains) != 1 {
		t.Errorf("%q, Drain ran %d times", got, len(m.drains))
	}
}

// Nothing is taken for a connection that is closing, nor what an application may not send, nor behind a socket that has failed.
func TestOfferRefused(t *testing.T) {
	ms, _ := offers(2, 100)
	m := inMemory(t, engine.Config{}, engine.Handler{})
	m.on(func(c *engine.Conn) {
		if n := c.Offer(nil) + c.Offer([]*frame.Message{frame.NewMessage(frame.OpClose, nil), ms[0]}); n != 0 {
			t.Errorf("%d taken", n)
		}
		c.Close(frame.StatusGoingAway, "")
		if n := c.Offer(ms); n != 0 {
			t.Errorf("closing, %d taken", n)
		}
	})
	m = inMemory(t, engine.Config{}, engine.Handler{})
	m.FailNextWrite(fmt.Errorf("broken"))
	m.on(func(c *engine.Conn) {
		if n := c.Offer(ms); n != 0 {
			t.Errorf("after a failure %d taken", n)
		}
	})
	if len(m.closed) != 1 {
		t.Errorf("Close ran %d times", len(m.closed))
	}
}

// Drain may run inside Offer. If it closes the connection, or panics, nothing is taken.
func TestOfferWhileDrainEnds(t *testing.T) {
	ms, _ := offers(2, 100)
	for name, drain := range map[string]func(*engine.Conn){
		"closes": func(c *engine.Conn) { c.Close(frame.StatusGoingAway, "") },
		"panics": func(*engine.Conn) { panic("drain") },
	} {
		m := inMemory(t, engine.Config{HighWatermark: 1000, LowWatermark: 500, Logger: slog.New(slog.DiscardHandler)}, engine.Handler{Drain: drain})
		m.on(func(c *engine.Conn) {
			c.SendUnder(engine.PolicyQueue, frame.NewMessage(frame.OpText, make([]byte, 2000)))
			if n := c.Offer(ms); n != 0 || len(m.drains) != 1 {
				t.Errorf("%s: %d taken, Drain ran %d times", name, n, len(m.drains))
			}
		})
		if fs := m.Frames(); len(fs) != 2 || len(fs[0].Payload) != 2000 || fs[1].Op != frame.OpClose {
			t.Errorf("%s: %d frames arrived", name, len(fs))
		}
	}
}

// The rest of a message that alone is above the high watermark is a full connection like any other: others are refused, and Drain is owed.
func TestOfferAboveTheWatermark(t *testing.T) {
	ms, wire := offers(1, 5000)
	m := inMemory(t, engine.Config{HighWatermark: 1000, LowWatermark: 500}, engine.Handler{})
	m.SetCapacity(10)
	m.on(func(c *engine.Conn) {
		if n := c.Offer(ms); n != 1 || c.Buffered() != len(wire)-10 || !c.Congested() {
			t.Errorf("%d taken, %d bytes wait; Drain is owed: %v", n, c.Buffered(), c.Congested())
		}
	})
	m.Discard()
	m.SetCapacity(-1)
	m.Advance(time.Second)
	if len(m.drains) != 1 {
		t.Errorf("Drain ran %d times", len(m.drains))
	}
}

// A socket that takes little is tried less often than one that takes much.
func TestOfferPauses(t *testing.T) {
	ms, _ := offers(1000, 100)
	for room, want := range map[int]time.Duration{1000: 16 * time.Millisecond, 20_000: 4 * time.Millisecond} {
		m := inMemory(t, engine.Config{}, engine.Handler{})
		m.SetCapacity(room)
		m.on(func(c *engine.Conn) { c.Offer(ms) })
		m.Discard()
		m.SetCapacity(-1)
		var waited time.Duration
		for buffered := 1; buffered > 0 && waited < time.Second; {
			m.Advance(time.Millisecond)
			waited += time.Millisecond
			m.on(func(c *engine.Conn) { buffered = c.Buffered() })
		}
		if waited < want || waited > want+8*time.Millisecond {
			t.Errorf("room for %d: it was tried again after %v, want %v", room, waited, want)
		}
	}
}
