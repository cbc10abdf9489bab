package hub_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/brokertest"
	"github.com/weir-ws/weir/hub/hubtest"
)

// Two hubs on one network: the broker numbers, both deliver the same.
func TestHubsOnANetwork(t *testing.T) {
	bus := brokertest.NewBus("net")
	type node struct {
		hub  *hub.Hub
		loop *hubtest.Runner
		m    hubtest.Recorder
	}
	nodes := make([]*node, 2)
	got := make(chan struct{}, 100)
	for i := range nodes {
		n := &node{hub: newHub(t, hub.Config{Broker: bus.Node()}), loop: hubtest.Start(0)}
		n.m.Answer = func(*hub.Message) hub.Outcome { got <- struct{}{}; return hub.Sent }
		n.loop.Do(func() { mustJoin(t, n.hub, n.loop, &n.m, "c") })
		defer n.loop.Stop()
		nodes[i] = n
	}
	var at []hub.Position
	for i := range 10 {
		at = append(at, mustPublish(t, nodes[i%2].hub, "c", "x"))
	}
	for range 20 {
		<-got
	}
	for i, n := range nodes {
		n.loop.Do(func() {
			var positions []hub.Position
			for _, m := range n.m.Messages {
				positions = append(positions, m.Position)
			}
			if !slices.Equal(positions, at) || at[9] != (hub.Position{Epoch: "net", Seq: 10}) {
				t.Errorf("node %d got %v, published at %v", i, positions, at)
			}
			n.hub.LeaveAll(n.loop, &n.m)
		})
	}
}

// interest records what the hub tells its broker.
type interest struct {
	hub.Broker
	mu   sync.Mutex
	told []string
}

func (b *interest) Subscribe(c string)   { b.tell("+" + c) }
func (b *interest) Unsubscribe(c string) { b.tell("-" + c) }
func (b *interest) tell(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, s)
}

func TestBrokerIsToldOfInterest(t *testing.T) {
	b := &interest{Broker: hub.NewLocalBroker()}
	h, one, two := newHub(t, hub.Config{Broker: b}), hubtest.NewLoop(0), hubtest.NewLoop(1)
	x, y := &hubtest.Recorder{}, &hubtest.Recorder{}
	mustJoin(t, h, one, x, "a")
	mustJoin(t, h, two, y, "a", "b")
	mustPublish(t, h, "c", "nobody is in it")
	h.LeaveAll(one, x)
	h.LeaveAll(two, y)
	mustJoin(t, h, one, x, "a")
	one.Stop()
	h.Forget(one)
	if want := []string{"+a", "+b", "-b", "-a", "+a", "-a"}; !slices.Equal(b.told, want) {
		t.Errorf("told %q, want %q", b.told, want)
	}
}

// broken is a network that is down.
type broken struct{ hub.Broker }

var errDown = errors.New("no route")

func (broken) Attach(hub.Sink) error { return errDown }

func TestBrokerErrors(t *testing.T) {
	if _, err := hub.New(hub.Config{Broker: broken{hub.NewLocalBroker()}}); !errors.Is(err, errDown) {
		t.Errorf("New: %v, want the broker's error", err)
	}
	b := hub.NewLocalBroker()
	if _, err := b.Publish(t.Context(), "c", hub.Payload{Op: frame.OpText}); !errors.Is(err, hub.ErrClosed) {
		t.Errorf("Publish before Attach: %v, want ErrClosed", err)
	}
	h := newHub(t, hub.Config{Broker: b})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	var ce *hub.ChannelError
	if _, err := h.Publish(t.Context(), "c", text("x")); !errors.Is(err, hub.ErrClosed) || !errors.As(err, &ce) {
		t.Errorf("Publish: %v, want a ChannelError with ErrClosed", err)
	}
	if err := b.Attach(nil); !errors.Is(err, hub.ErrClosed) {
		t.Errorf("Attach after Close: %v, want ErrClosed", err)
	}
}
