package client

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/weir-ws/weir/hub/feed/redial"
)

// receive handles what comes until the connection ends. The error is a *redial.Retryable or a *ProtocolError.
func (c *Client) receive(l *link) error {
	var events []Event
	for {
		_, p, err := l.ws.Read(context.Background())
		if err != nil {
			return redial.Lost(err)
		}
		l.frames.Add(1)
		c.busy.Store(true)
		if c.o.Received != nil {
			c.o.Received(p)
		}
		var in inbound
		if err := json.Unmarshal(p, &in); err != nil || in.Type == "" {
			return &ProtocolError{URL: redial.Shown(c.url), Text: string(p[:min(len(p), 80)])}
		}
		sub, some := c.take(&in, events[:0])
		for _, e := range some {
			if !c.wants(sub) {
				break
			}
			sub.handle(e)
		}
		clear(some)
		events = some
		c.busy.Store(false)
		if isClosed(c.closing) {
			return ErrClosed
		}
	}
}

// wants tells whether events of s still go out. One handler may have ended the subscription of the next.
func (c *Client) wants(s *Subscription) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !s.over || s.last
}

// take finds out what a message means, and whose it is.
func (c *Client) take(in *inbound, events []Event) (*Subscription, []Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := c.channels[in.Channel]
	switch in.Type {
	case "message", "snapshot", "dropped", "heartbeat":
		if ch == nil || !ch.live {
			return nil, events // of a subscription that we have ended, or not begun
		}
		return ch.sub, ch.receive(in, events)
	case "subscribed":
		return c.subscribed(ch, in, events)
	case "unsubscribed":
		return c.unsubscribed(ch, in, events)
	case "configured":
		if ch == nil || in.number() != ch.config {
			return nil, events
		}
		return ch.sub, append(events, &Configured{Channel: ch.name, MaxHz: in.MaxHz})
	case "error":
		if wait := c.asked[in.number()]; wait == nil {
			return c.refused(ch, in, events)
		}
	}
	if wait := c.asked[in.number()]; wait != nil {
		delete(c.asked, in.number())
		wait <- in // has room for one
	}
	return nil, events
}

// subscribed takes the answer to a subscribe, or what a pattern has made.
func (c *Client) subscribed(ch *channel, in *inbound, events []Event) (*Subscription, []Event) {
	if in.Channel == "" {
		return nil, events // a pattern is in force; its channels tell of themselves
	}
	switch {
	case in.Pattern != "" && ch == nil:
		i := slices.IndexFunc(c.subs, func(s *Subscription) bool { return s.channel == in.Pattern })
		if i < 0 {
			return nil, events // we have ended it
		}
		ch = c.add(in.Channel, c.subs[i])
	case ch == nil, in.Pattern == "" && in.number() != ch.id:
		return nil, events // the answer to an earlier request
	}
	events = ch.open(in, events)
	if s := ch.sub; in.Pattern == s.channel && s.maxHz != s.asked && ch.conflates && c.link != nil {
		c.pace(ch) // it appeared after a Configure
	}
	return ch.sub, events
}

// unsubscribed takes an end that we have not asked for: what was asked for is forgotten already.
func (c *Client) unsubscribed(ch *channel, in *inbound, events []Event) (*Subscription, []Event) {
	if ch == nil || in.Code == "" {
		return nil, events
	}
	return c.ended(ch, in, events)
}

// ended ends a channel, and with it the subscription that is for nothing else.
func (c *Client) ended(ch *channel, in *inbound, events []Event) (*Subscription, []Event) {
	s := ch.sub
	c.drop(ch)
	if !s.pattern() {
		s.last = true
		c.forget(s)
	}
	return s, append(events, &Ended{Channel: ch.name, Code: in.Code, Message: in.Message})
}

// refused takes an error answer.
func (c *Client) refused(ch *channel, in *inbound, events []Event) (*Subscription, []Event) {
	id := in.number()
	if ch == nil {
		return c.refusedPattern(id, in, events)
	}
	switch {
	case id != 0 && id == ch.config:
		return ch.sub, append(events, &Configured{Channel: ch.name, Code: in.Code, Message: in.Message})
	case id == 0 || id != ch.id || ch.live:
		return nil, events
	case (in.Code == "unknown_channel" || in.Code == "unavailable") && ch.sub.pattern():
		return nil, events // the pattern brings it when it appears
	case in.Code == "unavailable", in.Code == "unknown_channel" && ch.ever:
		// A relay that was restarted knows its channels when its own source has told it of them.
		c.subscribeLater(ch)
		return nil, events
	}
	return c.ended(ch, in, events)
}

// refusedPattern takes an error answer that is about a pattern, or about a channel that it has found and that cannot be had.
func (c *Client) refusedPattern(id uint64, in *inbound, events []Event) (*Subscription, []Event) {
	if id == 0 && in.Channel != "" {
		if s := c.patternOf(in.Channel); s != nil {
			return s, append(events, &Ended{Channel: in.Channel, Code: in.Code, Message: in.Message})
		}
		return nil, events
	}
	i := slices.IndexFunc(c.subs, func(s *Subscription) bool { return s.pattern() && s.id == id })
	switch {
	case id == 0 || i < 0:
		return nil, events
	case in.Code == "unavailable":
		s := c.subs[i]
		c.afterwards(&s.later, &s.retry, func() bool { return !s.over }, func() { c.link.send(s.request(c.nextID())) })
		return nil, events
	}
	s := c.subs[i]
	s.last = true
	c.forget(s)
	return s, append(events, &Ended{Channel: s.channel, Code: in.Code, Message: in.Message})
}
