package brokertest

import (
	"context"
	"fmt"
	"sync"

	"github.com/weir-ws/weir/hub"
)

// Bus is a message network in memory. It gives every message its position, and hands it to
// the nodes on a goroutine for each, as a network client would: a node may be behind
// another one, but sees each channel in the same order.
type Bus struct {
	mu    sync.Mutex
	epoch string
	seqs  map[string]uint64
	nodes map[*node]struct{}
}

// NewBus returns a network without nodes. epoch goes into every position.
func NewBus(epoch string) *Bus {
	return &Bus{epoch: epoch, seqs: map[string]uint64{}, nodes: map[*node]struct{}{}}
}

// Node returns the broker of one more hub. Its Close must be called.
func (b *Bus) Node() hub.Broker {
	n := &node{bus: b, channels: map[string]bool{}, done: make(chan struct{})}
	n.more.L = &b.mu
	return n
}

// node is one client of the bus. All fields belong to bus.mu.
type node struct {
	bus      *Bus
	more     sync.Cond
	sink     hub.Sink
	channels map[string]bool
	inbox    []delivery
	closed   bool
	done     chan struct{} // closed when the goroutine has ended
}

type delivery struct {
	channel string
	at      hub.Position
	payload hub.Payload
}

func (n *node) Attach(s hub.Sink) error {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	switch {
	case n.closed:
		return hub.ErrClosed
	case n.sink != nil:
		return hub.ErrAttached
	}
	n.sink = s
	n.bus.nodes[n] = struct{}{}
	go n.deliver()
	return nil
}

func (n *node) Publish(ctx context.Context, channel string, p hub.Payload) (hub.Position, error) {
	if err := hub.ValidateChannel(channel); err != nil {
		return hub.Position{}, err
	}
	b := n.bus
	b.mu.Lock()
	defer b.mu.Unlock()
	if n.closed || n.sink == nil {
		return hub.Position{}, fmt.Errorf("bus: %w", hub.ErrClosed)
	}
	b.seqs[channel]++
	at := hub.Position{Epoch: b.epoch, Seq: b.seqs[channel]}
	for other := range b.nodes {
		if other.channels[channel] {
			other.inbox = append(other.inbox, delivery{channel, at, p})
			other.more.Signal()
		}
	}
	return at, nil
}

func (n *node) Subscribe(channel string) {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	n.channels[channel] = true
}

func (n *node) Unsubscribe(channel string) {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	delete(n.channels, channel)
}

// deliver calls the sink without the bus's lock, which Subscribe needs.
func (n *node) deliver() {
	defer close(n.done)
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	for {
		for len(n.inbox) == 0 && !n.closed {
			n.more.Wait()
		}
		if n.closed {
			return
		}
		d := n.inbox[0]
		n.inbox = n.inbox[1:]
		n.bus.mu.Unlock()
		// A backlog error means that nobody got it: the gap in Seq tells.
		_, _ = n.sink.Receive(d.channel, d.at, d.payload)
		n.bus.mu.Lock()
	}
}

func (n *node) Close() error {
	n.bus.mu.Lock()
	attached := n.sink != nil
	n.closed = true
	delete(n.bus.nodes, n)
	n.more.Signal()
	n.bus.mu.Unlock()
	if attached {
		<-n.done
	}
	return nil
}
