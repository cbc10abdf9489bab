package raw_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/raw"
)

// TestOneWritePerConnectionPerTurn publishes a burst and counts the write calls: however many messages and
// channels it has, it costs each of the loop's connections one.
func TestOneWritePerConnectionPerTurn(t *testing.T) {
	const members, burst = 50, 100
	for _, channels := range []int{1, burst} {
		t.Run(fmt.Sprintf("%d channels", channels), func(t *testing.T) {
			h := newHub(t, hub.Config{})
			var names []string
			for i := range channels {
				names = append(names, fmt.Sprintf("c%d", i))
			}
			s := enginetest.New(t, engine.Config{}, engine.Handler{
				Open: func(c *engine.Conn) {
					if err := raw.Open(h, c, names...); err != nil {
						t.Error(err)
					}
				},
				Close: func(c *engine.Conn, _ error) { raw.Close(h, c) },
			})
			var clients []*enginetest.Client
			for range members {
				c := s.Dial()
				c.Handshake("/")
				clients = append(clients, c)
			}
			s.Settle()
			before := s.Engine().Stats()
			for i := range burst {
				if _, err := h.Publish(context.Background(), names[i%channels], hub.Payload{Data: fmt.Appendf(nil, "message %03d", i)}); err != nil {
					t.Fatal(err)
				}
			}
			s.Settle()
			after := s.Engine().Stats()
			if n := after.Writes - before.Writes; n != members {
				t.Errorf("%d messages to %d members took %d writes, want one each", burst, members, n)
			}
			if n := after.MessagesOut - before.MessagesOut; n != burst*members {
				t.Errorf("%d deliveries, want %d", n, burst*members)
			}
			for i, c := range clients {
				fs := c.Frames()
				if len(fs) != burst {
					t.Fatalf("client %d got %d frames, want %d", i, len(fs), burst)
				}
				for k, f := range fs {
					if want := fmt.Sprintf("message %03d", k); string(f.Payload) != want || f.Op != frame.OpText {
						t.Fatalf("client %d: frame %d is %v %q, want %q", i, k, f.Op, f.Payload, want)
					}
				}
			}
		})
	}
}

// TestWhatFollowsJoinsAFanOutThatHasBegun publishes seven messages behind one whose fan-out has had its first turn: only
// the connections written in that turn, 16 of them, are written to twice.
func TestWhatFollowsJoinsAFanOutThatHasBegun(t *testing.T) {
	const members, first, messages = 300, 16, 8
	h := newHub(t, hub.Config{})
	s := enginetest.New(t, engine.Config{}, engine.Handler{
		Open: func(c *engine.Conn) {
			if err := raw.Open(h, c, "c"); err != nil {
				t.Error(err)
			}
		},
		Close: func(c *engine.Conn, _ error) { raw.Close(h, c) },
	})
	var clients []*enginetest.Client
	for range members {
		c := s.Dial()
		c.Handshake("/")
		clients = append(clients, c)
	}
	s.Settle()
	before := s.Engine().Stats().Writes
	publish := func(i int) {
		t.Helper()
		if _, err := h.Publish(context.Background(), "c", hub.Payload{Data: fmt.Appendf(nil, "%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	publish(0)
	s.Turn(0)
	if n := s.Engine().Stats().Writes - before; n != first {
		t.Errorf("the first turn made %d writes, want %d", n, first)
	}
	for i := 1; i < messages; i++ {
		publish(i)
	}
	s.Settle()
	if n := s.Engine().Stats().Writes - before; n != members+first {
		t.Errorf("%d messages to %d members took %d writes, want %d", messages, members, n, members+first)
	}
	for i, c := range clients {
		got := ""
		for _, f := range c.Frames() {
			got += string(f.Payload)
		}
		if got != "01234567" {
			t.Fatalf("client %d got %q", i, got)
		}
	}
}
