package hub

import (
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"time"
)

// Config sets a hub's limits. The zero value is ready for use.
type Config struct {
	// Shards is the number of locks that the table of channels is spread over, rounded up to
	// a power of two. 0: four for each GOMAXPROCS, at least 16. Negative: an error.
	Shards int

	// MaxChannelsPerMember bounds the channels that one member may be in. Joining and leaving
	// look through a member's channels, so their cost grows with it. 0: 1024. Negative: no limit.
	MaxChannelsPerMember int

	// MaxChannelLen bounds a channel's name, in bytes. 0: 255. Negative or above 65535: an error.
	MaxChannelLen int

	// MaxBacklog bounds the messages that wait for one loop. A publish that finds a loop at the
	// limit fails with ErrBacklog. Publishers that run at the same time may exceed it by one
	// each. 0: 1,048,576. Negative: no limit.
	MaxBacklog int

	// TurnBudget is the number of deliveries after which a loop gets to its I/O before the
	// fan-out goes on. What is published in one burst to one channel is never split for a
	// member, so a turn may exceed it by up to 256. 0: 8192 (about half a millisecond).
	// Negative: no limit.
	TurnBudget int

	// Retain is how long a channel without members keeps its position after its last message
	// or member. It is Sweep that removes it. 0: one minute. Negative: for ever.
	Retain time.Duration

	// Now is the clock for Retain, asked only when a channel without members is published to
	// and when a channel's last member leaves; and for Stamp and History.Age. nil: time.Now.
	Now func() time.Time

	// Options says what a channel is for. It is asked once each time a channel is made, by any goroutine and under no lock; who else wants that
	// channel at the moment waits for the answer, also a loop, so it must not take long, nor use the hub. [Hub.OptionsOf] asks it besides. Channels
	// may share what it returns. nil, and a nil pointer: the zero ChannelOptions.
	Options func(channel string) *ChannelOptions

	// Stamp makes the hub ask Now for each message, for Message.Recv.
	Stamp bool

	// Broker carries the messages from Publish to this hub, and to others if it is a network.
	// The hub attaches itself to it and closes it. nil: NewLocalBroker().
	Broker Broker

	// Panicked is told, on the loop, that m panicked in Deliver or its Joined func did. m has
	// left all its channels by then; closing it is up to this func. nil: the panic is logged
	// with slog and nothing is closed.
	Panicked func(m Member, value any, stack []byte)
}

const (
	defaultChannelsPerMember = 1024
	defaultBacklog           = 1 << 20
	defaultTurnBudget        = 8192
	defaultRetain            = time.Minute

	maxShards  = 1 << 16
	maxNameLen = 1<<16 - 1
)

// complete fills in the defaults, so that the code behind it meets no zero and no negative.
func (c *Config) complete() error {
	if c.Shards < 0 || c.Shards > maxShards {
		return fmt.Errorf("hub: Config.Shards is %d: want 0 (the default) to %d", c.Shards, maxShards)
	}
	if c.MaxChannelLen < 0 || c.MaxChannelLen > maxNameLen {
		return fmt.Errorf("hub: Config.MaxChannelLen is %d bytes: want 0 (the default) to %d", c.MaxChannelLen, maxNameLen)
	}
	if c.Shards == 0 {
		c.Shards = max(16, 4*runtime.GOMAXPROCS(0))
	}
	c.Shards = 1 << bits.Len(uint(c.Shards-1))
	if c.MaxChannelLen == 0 {
		c.MaxChannelLen = DefaultMaxChannelLen
	}
	c.MaxChannelsPerMember = limit(c.MaxChannelsPerMember, defaultChannelsPerMember)
	c.MaxBacklog = limit(c.MaxBacklog, defaultBacklog)
	c.TurnBudget = limit(c.TurnBudget, defaultTurnBudget)
	if c.Retain == 0 {
		c.Retain = defaultRetain
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Panicked == nil {
		c.Panicked = logPanic
	}
	return nil
}

func limit(n, byDefault int) int {
	switch {
	case n == 0:
		return byDefault
	case n < 0:
		return math.MaxInt
	}
	return n
}
