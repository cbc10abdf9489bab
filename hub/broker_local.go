package hub

import (
	"context"
	"hash/maphash"
	"sync"
)

// localBroker hands every message straight to its one hub, on the publisher's goroutine;
// the hub's room lock makes the order. Nothing is ever lost or waits.
type localBroker struct {
	seed maphash.Seed
	// gates let Close wait for the Receive calls under way. They are many so that publishers
	// of different channels do not write to the same cache line.
	gates [16]gate
}

type gate struct {
	mu   sync.RWMutex
	sink Sink // nil: not attached, or closed
	done bool
	_    [64]byte
}

// NewLocalBroker returns the broker for a hub without a cluster. It is what a Config
// without Broker gets.
func NewLocalBroker() Broker { return &localBroker{seed: maphash.MakeSeed()} }

func (b *localBroker) Attach(s Sink) error {
	for i := range b.gates {
		g := &b.gates[i]
		g.mu.Lock()
		attached, done := g.sink != nil, g.done
		if !attached && !done {
			g.sink = s
		}
		g.mu.Unlock()
		if done {
			return ErrClosed
		}
		if attached {
			return ErrAttached
		}
	}
	return nil
}

func (b *localBroker) Publish(_ context.Context, channel string, p Payload) (Position, error) {
	g := &b.gates[maphash.String(b.seed, channel)%uint64(len(b.gates))]
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.sink == nil {
		return Position{}, channelError(channel, ErrClosed)
	}
	return g.sink.Receive(channel, Position{}, p)
}

func (b *localBroker) Subscribe(string)   {}
func (b *localBroker) Unsubscribe(string) {}

func (b *localBroker) Close() error {
	for i := range b.gates {
		g := &b.gates[i]
		g.mu.Lock()
		g.sink, g.done = nil, true
		g.mu.Unlock()
	}
	return nil
}
