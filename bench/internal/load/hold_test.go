package load

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/faulty"
)

func hold(t *testing.T, s *faulty.Server, p HoldPlan) *Held {
	t.Helper()
	p.Addr = s.Addr()
	h, err := Hold(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// serveUntil serves in small steps until the condition holds.
func serveUntil(t *testing.T, h *Held, done func() bool) error {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); {
		if err := h.Serve(context.Background(), 10*time.Millisecond); err != nil {
			return err
		}
		if time.Now().After(end) {
			t.Fatal("it did not happen in 20 s")
		}
	}
	return nil
}

func TestHeldConnectionsAnswerPings(t *testing.T) {
	s := server(t, faulty.Fault{Legal: true}) // a ping follows every handshake
	seen := 0
	h := hold(t, s, HoldPlan{Conns: 300, Progress: func(open int) { seen = open }, Sources: []netip.Addr{netip.MustParseAddr("127.0.0.3"), netip.MustParseAddr("127.0.0.4")}})
	if seen != 300 || s.Open() != 300 {
		t.Errorf("%d open, and %d on the server", seen, s.Open())
	}
	if err := serveUntil(t, h, func() bool { return s.Pongs() == 300 }); err != nil || h.Pings != 300 {
		t.Errorf("%d pings, %d pongs, %v", h.Pings, s.Pongs(), err)
	}
}

func TestABroadcastToHeldConnections(t *testing.T) {
	for _, legal := range []bool{false, true} {
		s := server(t, faulty.Fault{Legal: legal, Trickle: 50})
		h := hold(t, s, HoldPlan{Conns: 200})
		if err := serveUntil(t, h, func() bool { return s.Subscribers() == 200 }); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			h.Expect(3, 128)
			sent := make(chan error, 1)
			go func() { sent <- Publish(context.Background(), s.Addr(), 3, 128) }()
			if err := h.Serve(context.Background(), 20*time.Second); err != nil {
				t.Fatal(err)
			}
			if n := h.Latency.TotalCount(); n != 600 {
				t.Errorf("%d latencies of 600 deliveries", n)
			}
			if err := <-sent; err != nil {
				t.Error(err)
			}
		}
	}
}

func TestABroadcastThatGoesWrong(t *testing.T) {
	for what, want := range map[faulty.What]Kind{
		faulty.Drop: Lost, faulty.Duplicate: Repeated, faulty.Swap: Reordered, faulty.FlipBit: Altered, faulty.Cut: Closed, faulty.Close: Closed, faulty.FlipOp: Opcode,
	} {
		s := server(t, faulty.Fault{What: what, At: 101})
		h := hold(t, s, HoldPlan{Conns: 20})
		if err := serveUntil(t, h, func() bool { return s.Subscribers() == 20 }); err != nil {
			t.Fatal(err)
		}
		h.Expect(10, 128)
		go Publish(context.Background(), s.Addr(), 10, 128)
		err := h.Serve(context.Background(), 20*time.Second)
		if v, ok := errors.AsType[*Violation](err); !ok || v.Kind != want {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestABroadcastThatNeverComes(t *testing.T) {
	h := hold(t, server(t, faulty.Fault{}), HoldPlan{Conns: 5})
	h.Expect(2, 64)
	err := h.Serve(context.Background(), 50*time.Millisecond)
	if v, ok := errors.AsType[*Violation](err); !ok || v.Kind != Lost || v.Messages != 10 || v.Conns != 5 {
		t.Errorf("%v", err)
	}
}

func TestALostConnectionIsNoticed(t *testing.T) {
	s := server(t, faulty.Fault{})
	h := hold(t, s, HoldPlan{Conns: 5})
	s.Close()
	err := serveUntil(t, h, func() bool { return false })
	if v, ok := errors.AsType[*Violation](err); !ok || v.Kind != Closed {
		t.Errorf("%v", err)
	}
}

func TestHoldingAtARate(t *testing.T) {
	h := hold(t, server(t, faulty.Fault{}), HoldPlan{Conns: 20, Rate: 200})
	if h.Connect < 90*time.Millisecond {
		t.Errorf("20 connections at 200/s took %v", h.Connect)
	}
}

func TestServeIsCancelledAndGoesOn(t *testing.T) {
	h := hold(t, server(t, faulty.Fault{}), HoldPlan{Conns: 5})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := h.Serve(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if err := h.Serve(context.Background(), 20*time.Millisecond); err != nil {
		t.Errorf("after a cancelled Serve: %v", err)
	}
}
