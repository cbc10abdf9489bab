package engine

import "github.com/weir-ws/weir/frame"

// SendUnder is [Conn.SendMessage] with a policy for this one message, whatever that of the connection is. A server whose messages are of
// several kinds knows for each kind what a slow peer may do without. Besides the policies of connections it
// takes [PolicyQueue] and [PolicyRefuse].
func (c *Conn) SendUnder(p SlowPolicy, m *frame.Message) Outcome {
	if c.SendFree(m) {
		return Sent
	}
	if !mayBeSent(m) {
		return Dropped
	}
	if o, ok := c.admitUnder(p, len(c.wireOf(m))); !ok {
		return o
	}
	o := c.enqueue(m)
	if p == PolicyQueue && o != Closed && c.buffered() >= c.loop.e.cfg.HighWatermark {
		c.flags |= flagCongested // though it may not be in the backlog yet: what is sent next must be able to tell
	}
	return o
}

// Room returns how many more bytes may be sent before so many are unsent that the connection ends: Config.HardLimit less [Conn.Buffered],
// and never below 0. A server that must send several messages or none asks it first.
func (c *Conn) Room() int {
	c.loop.owner.check()
	return max(0, c.loop.e.cfg.HardLimit-c.buffered())
}

// SendFree sends m if it goes out with whatever else waits for the end of the turn, as almost all messages of a fan-out do: then no policy has a
// say. It returns false, and has done nothing, if the connection is closing, its peer is slow, it compresses for itself, or it
// has much to write already; then SendUnder decides. The outcome of a message that was taken is Sent.
func (c *Conn) SendFree(m *frame.Message) bool {
	l := c.loop
	l.owner.check()
	if !mayBeSent(m) || !c.unhindered() {
		return false
	}
	t := c.tail()
	if t.size+m.Len() >= l.e.turnLimit { // at it, there may be a level to note
		return false
	}
	c.put(l.chains.extend(t, m), 1)
	return true
}

// Congested reports whether the high watermark was reached and Drain is owed for it.
func (c *Conn) Congested() bool {
	c.loop.owner.check()
	return c.flags&flagCongested != 0
}

// Policy returns the connection's own: PolicyDrop or PolicyDisconnect.
func (c *Conn) Policy() SlowPolicy {
	c.loop.owner.check()
	return c.policy()
}

func (c *Conn) policy() SlowPolicy {
	if c.flags&flagDisconnect != 0 {
		return PolicyDisconnect
	}
	return PolicyDrop
}
