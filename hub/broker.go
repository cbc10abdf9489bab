package hub

import "context"

// Broker is what carries messages from publishers to hubs: inside this process
// ([NewLocalBroker]), or between the nodes of a cluster. Each hub has one of its own, a
// client of the network if there is one. hub/brokertest has the test that every
// implementation must pass.
//
// What a broker guarantees:
//
//   - Order: the messages of a channel have one order, the same on all nodes. A publish that
//     began after another one to that channel had returned comes later in it. A broker that
//     numbers calls Receive in that order, for one channel never twice at a time; one that lets the
//     hub number may call it at the same time, and the order is the one the hub makes.
//   - Once: a message that Publish returned a position for comes to the Sink of every node that
//     was subscribed to its channel all the while, the publisher's own included,
//     exactly once, as long as the broker is connected. A message whose Publish failed with ErrBacklog or
//     ErrClosed comes to nobody. Any other error leaves it open.
//   - Gaps show: whatever was lost, on the way or while the broker was not connected, leaves
//     a gap in Seq, or the Epoch is another one.
//   - Close: when it has returned, no Receive is running or will ever begin.
//
// All methods may be called by any goroutine.
type Broker interface {
	// Attach names the one that gets the messages. New calls it, once, before anything
	// else; a second call fails with ErrAttached.
	Attach(Sink) error

	// Publish sends p to the subscribers of channel. The position is the one that the message
	// has at this hub, or the zero Position if the broker learns it only later. p.Data must not be
	// changed. It may wait for a network, as long as ctx allows.
	Publish(ctx context.Context, channel string, p Payload) (Position, error)

	// Subscribe says that this hub has members in channel from now on, Unsubscribe that it has
	// none any more; they alternate. The hub calls them on a loop with the channel's lock held:
	// they only take note, without waiting and without calling Receive, and a network
	// broker sees to the rest itself, across lost connections too. Messages of channels
	// that are not subscribed to may be received all the same.
	Subscribe(channel string)
	Unsubscribe(channel string)

	// Close ends it. Publish fails with ErrClosed afterwards. A second Close does nothing.
	Close() error
}

// Sink is where a broker puts the messages that come in: the hub.
type Sink interface {
	// Receive hands the message to the members of channel on this node. at is the position the
	// broker numbered it with, or zero, then the hub numbers. It returns the position
	// the message has. The error is a *ChannelError with ErrChannelName or ErrBacklog; then
	// nobody gets it. It never waits for a loop.
	Receive(channel string, at Position, p Payload) (Position, error)
}
