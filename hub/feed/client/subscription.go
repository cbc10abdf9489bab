package client

import (
	"context"
	"strings"

	"github.com/weir-ws/weir/hub"
)

// Subscription is to one channel, or to all that a pattern stands for. It lasts until Unsubscribe, over any number of connections.
type Subscription struct {
	client  *Client
	name    string
	handler func(Event)
	maxHz   float64
}

// SubscribeOptions says how a channel is wanted. The zero value is good.
type SubscribeOptions struct {
	MaxHz float64   // messages a second of each key at most; 0: as many as there are
	Since *Position // where an earlier run of the program was; not for patterns
}

// Subscribe subscribes to a channel, or with * in the name to all that it stands for. handler gets the events, in order, in the client's
// goroutine. A channel that is wanted by its name and by patterns goes to the subscription by name. The error is [ErrSubscribed] or
// [ErrClosed]; that the server refuses is an [*Ended] event.
func (c *Client) Subscribe(name string, o SubscribeOptions, handler func(Event)) (*Subscription, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return nil, ErrClosed
	}
	if c.subs[name] != nil {
		return nil, ErrSubscribed
	}
	s := &Subscription{client: c, name: name, handler: handler, maxHz: o.MaxHz}
	c.subs[name] = s
	ch := c.channels[name]
	switch {
	case ch != nil: // a pattern had it; the count begins anew
		*ch = channel{sub: s}
	case o.Since != nil && !s.pattern():
		ch = &channel{sub: s, ledger: ledger{at: *o.Since, known: true}}
		c.channels[name] = ch
	}
	c.write(c.subscribe(s, name))
	return s, nil
}

// Name returns the channel or the pattern.
func (s *Subscription) Name() string { return s.name }

func (s *Subscription) pattern() bool { return strings.Contains(s.name, "*") }

// Configure changes the highest rate; 0 is as much as there is. What is in force comes as a [*Configured] event.
func (s *Subscription) Configure(maxHz float64) {
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	s.maxHz = maxHz
	c.write(&outbound{Type: "configure", Channel: s.name, MaxHz: &maxHz})
}

// Unsubscribe ends it. An event that is being handled may be the last one after it has returned.
func (s *Subscription) Unsubscribe() {
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.subs[s.name] != s {
		return
	}
	delete(c.subs, s.name)
	c.write(&outbound{Type: "unsubscribe", Channel: s.name})
	for name, ch := range c.channels {
		if ch.sub == s {
			if ch.sub = c.owner(name); ch.sub == nil {
				delete(c.channels, name)
			}
		}
	}
}

// Account adds up what has become of all numbers so far.
func (s *Subscription) Account() (a Account) {
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range c.channels {
		if ch.sub == s {
			a.add(ch.ledger.Account)
		}
	}
	return a
}

// Positions returns where each channel's account is: what SubscribeOptions.Since is for.
func (s *Subscription) Positions() map[string]Position {
	c := s.client
	c.mu.Lock()
	defer c.mu.Unlock()
	at := make(map[string]Position)
	for name, ch := range c.channels {
		if ch.sub == s && ch.ledger.known {
			at[name] = ch.ledger.at
		}
	}
	return at
}

// owner returns the subscription that a channel belongs to, nil if nobody wants it. The caller holds c.mu.
func (c *Client) owner(name string) *Subscription {
	if s := c.subs[name]; s != nil {
		return s
	}
	for _, s := range c.subs {
		if s.pattern() && hub.Match(s.name, name) {
			return s
		}
	}
	return nil
}

// subscribe is the request for a channel of s, from where it was. The caller holds c.mu.
func (c *Client) subscribe(s *Subscription, name string) *outbound {
	o := &outbound{Type: "subscribe", Channel: name}
	if s.maxHz > 0 {
		o.MaxHz = &s.maxHz
	}
	if ch := c.channels[name]; ch != nil && ch.ledger.known {
		o.Since = &since{ch.ledger.at.Epoch, ch.ledger.at.Seq}
	}
	return o
}

// write sends a request, if there is a connection; what is wrong with one shows when it is read from. The caller holds c.mu.
func (c *Client) write(o *outbound) {
	if c.conn != nil {
		ctx, cancel := context.WithTimeout(c.ctx, c.opt.DialTimeout)
		defer cancel()
		_ = c.conn.Write(ctx, textMessage, o.encode())
	}
}
