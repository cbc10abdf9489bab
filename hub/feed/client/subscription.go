package client

import (
	"errors"
	"slices"
	"strings"

	"github.com/weir-ws/weir/hub"
)

// SubscribeOptions changes a [Subscription]. The zero value is good.
type SubscribeOptions struct {
	// Since is where a subscription by name goes on, such as the position that an earlier client had. nil: with what is new.
	Since *Position
	// MaxHz is how many messages a second of each key are wanted at most, on channels that conflate. 0: all.
	MaxHz float64
}

// maxName is the length of a channel's name or a pattern in bytes. The server judges the rest.
const maxName = 255

// Subscription is one channel, or what a pattern stands for. Its methods may be called from any goroutine.
type Subscription struct {
	c       *Client
	channel string // or pattern
	handle  func(Event)
	maxHz   float64
	asked   float64 // what a pattern's request had for it
	id      uint64  // of that request
	later   timer   // that request again
	retry   Backoff
	past    Account // of channels that are no more
	over    bool
	last    bool // one event is still to be handled: that it is over
}

// channel is what the client knows of one channel. It is guarded by Client.mu.
type channel struct {
	name  string
	sub   *Subscription
	order uint64
	id    uint64 // of the request whose answer counts
	since bool   // it had a position
	live  bool   // the server has answered, on this link
	ever  bool   // or on an earlier one
	later timer
	retry Backoff
	ledger

	conflates        bool   // so it may have a rate
	config           uint64 // id of the last configure
	snapshots, shown int    // that were promised, and came
}

// Subscribe subscribes to a channel, or with a "*" to a pattern, now and on every later connection. It does not wait: the answer is the
// first event, a *Subscribed or an *Ended, and handle gets everything about the subscription in order, in the goroutine that the package's
// documentation speaks of. A channel has one subscription: one by its name takes it from a pattern's, with an account that begins anew, and of several
// patterns the first one has it. The error is ErrName, ErrSubscribed or ErrClosed.
func (c *Client) Subscribe(name string, o SubscribeOptions, handle func(Event)) (*Subscription, error) {
	s := &Subscription{c: c, channel: name, handle: handle, maxHz: o.MaxHz, retry: c.o.Backoff.Anew()}
	if name == "" || len(name) > maxName {
		return nil, ErrName
	}
	if s.pattern() && o.Since != nil {
		return nil, errors.New("client: a pattern has no position to go on from; subscribe to its channels by name")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if isClosed(c.closing) || isClosed(c.done) {
		return nil, ErrClosed
	}
	if slices.ContainsFunc(c.subs, func(t *Subscription) bool { return t.channel == name }) {
		return nil, ErrSubscribed
	}
	c.subs = append(c.subs, s)
	if s.pattern() {
		if c.link != nil {
			c.link.send(s.request(c.nextID()))
		}
		return s, nil
	}
	if ch := c.channels[name]; ch != nil {
		c.drop(ch) // a pattern's
	}
	ch := c.add(name, s)
	if o.Since != nil {
		ch.at, ch.known = *o.Since, true
	}
	if c.link != nil {
		c.subscribe(ch)
	}
	return s, nil
}

func (c *Client) add(name string, s *Subscription) *channel {
	ch := &channel{name: name, sub: s, order: c.nextID(), retry: c.o.Backoff.Anew()}
	c.channels[name] = ch
	return ch
}

// Name returns the channel or the pattern.
func (s *Subscription) Name() string { return s.channel }

func (s *Subscription) pattern() bool { return strings.Contains(s.channel, "*") }

// request is that of a pattern.
func (s *Subscription) request(id uint64) []byte {
	s.id, s.asked = id, s.maxHz
	return (&outbound{Type: "subscribe", Channel: s.channel, MaxHz: rate(s.maxHz), ID: id}).encode()
}

// Unsubscribe ends the subscription. No event of it is handled after the call returns, but for one that is being handled in
// another goroutine just then. A second call does nothing.
func (s *Subscription) Unsubscribe() {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.over {
		return
	}
	if c.link != nil {
		c.link.send((&outbound{Type: "unsubscribe", Channel: s.channel, ID: c.nextID()}).encode())
	}
	c.forget(s)
}

// forget ends s here, under mu. A channel that another pattern stands for goes on as that one's, on the server too.
func (c *Client) forget(s *Subscription) {
	if s.over {
		return
	}
	s.over = true
	s.later.stop()
	c.subs = slices.DeleteFunc(c.subs, func(t *Subscription) bool { return t == s })
	for _, ch := range c.sorted() {
		if ch.sub != s {
			continue
		}
		heir := c.patternOf(ch.name)
		if heir == nil || !ch.live {
			c.drop(ch)
			continue
		}
		s.past.add(ch.Account)
		ch.Account = Account{}
		ch.sub = heir
		if heir.maxHz != s.maxHz && ch.conflates && c.link != nil {
			c.pace(ch)
		}
	}
}

// patternOf is the first subscription to a pattern that stands for the channel.
func (c *Client) patternOf(name string) *Subscription {
	for _, s := range c.subs {
		if s.pattern() && hub.Match(s.channel, name) {
			return s
		}
	}
	return nil
}

// drop forgets a channel, under mu; its account stays in that of the subscription.
func (c *Client) drop(ch *channel) {
	ch.later.stop()
	ch.sub.past.add(ch.Account)
	delete(c.channels, ch.name)
}

// Configure changes how many messages a second of each key are wanted at most, now and on every later connection; 0: all that the channel
// offers. The answer is a *Configured for a channel that has a subscription. A pattern's channels are asked one by one, and those that appear
// later have the rate that the pattern was subscribed to with on this connection.
func (s *Subscription) Configure(maxHz float64) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.over {
		return
	}
	s.maxHz = maxHz
	if c.link == nil {
		return
	}
	for _, ch := range c.sorted() {
		if ch.sub == s && ch.live {
			c.pace(ch)
		}
	}
}

// pace asks for the rate of the channel's subscription, under mu.
func (c *Client) pace(ch *channel) {
	ch.config = c.nextID()
	c.link.send((&outbound{Type: "configure", Channel: ch.name, MaxHz: &ch.sub.maxHz, ID: ch.config}).encode())
}

// Account adds up what has become of the numbers of all channels of the subscription, from its beginning.
func (s *Subscription) Account() Account {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	a := s.past
	for _, ch := range s.c.channels {
		if ch.sub == s {
			a.add(ch.Account)
		}
	}
	return a
}

// Positions returns where the subscription is in its channels, for a [SubscribeOptions].Since of a later client: everything up to there has been
// handled, but for the event that is being handled just now.
func (s *Subscription) Positions() map[string]Position {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	all := make(map[string]Position)
	for _, ch := range s.c.channels {
		if ch.sub == s && ch.known {
			all[ch.name] = ch.at
		}
	}
	return all
}
