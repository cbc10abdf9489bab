package client

import "encoding/json"

// hear takes one message of the server.
func (c *Client) hear(p []byte) error {
	var in inbound
	if err := json.Unmarshal(p, &in); err != nil || in.Type == "" {
		return &ProtocolError{URL: c.url.Host + c.url.Path, Text: string(p[:min(len(p), 80)])}
	}
	if id := in.number(); id > 0 && c.answered(id, in) {
		return nil
	}
	events, s := c.events(&in)
	if s == nil {
		return nil
	}
	for _, e := range events {
		s.handler(e)
	}
	return nil
}

// events turns a message into what a handler is told, and brings the account up to date.
func (c *Client) events(in *inbound) ([]Event, *Subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch in.Type {
	case "subscribed":
		return c.subscribed(in)
	case "error", "unsubscribed":
		return c.ended(in)
	case "configured":
		if s := c.subs[in.Channel+in.Pattern]; s != nil { // one of the two is empty
			return []Event{&Configured{Channel: in.Channel + in.Pattern, MaxHz: in.MaxHz}}, s
		}
		return nil, nil
	}
	ch := c.channels[in.Channel]
	if ch == nil || !ch.live {
		return nil, nil // of a subscription that was given up
	}
	switch in.Type {
	case "message":
		return ch.message(in), ch.sub
	case "snapshot":
		ch.shown++
		return []Event{&Snapshot{
			Channel: in.Channel, Seq: in.Seq, TS: in.TS, Key: in.Key, Data: in.Data, Index: ch.shown - 1, Of: ch.of,
		}}, ch.sub
	case "dropped":
		e := ch.ledger.drop(in.From, in.Seq)
		return withDropped(undeclared(nil, in.Channel, e), in.Channel, e), ch.sub
	case "heartbeat":
		e := ch.ledger.beat(in.Seq)
		return append(undeclared(nil, in.Channel, e), &Heartbeat{Channel: in.Channel, Seq: in.Seq, TS: in.TS}), ch.sub
	}
	return nil, nil // of a later version of the protocol
}

func (c *Client) subscribed(in *inbound) ([]Event, *Subscription) {
	if in.Channel == "" { // a pattern's answer; its channels follow
		return nil, nil
	}
	s := c.owner(in.Channel)
	if s == nil {
		return nil, nil // given up meanwhile
	}
	ch := c.channels[in.Channel]
	if ch == nil {
		ch = &channel{}
		c.channels[in.Channel] = ch
	}
	resumed := ch.ledger.known
	ch.sub, ch.live, ch.shown, ch.of = s, true, 0, in.snapshots()
	at := Position{Epoch: in.Epoch, Seq: in.Seq}
	var events []Event
	// A snapshot may stand further back than the client was: what is sent again then is not missing.
	if resumed && at.Epoch == ch.ledger.at.Epoch && at.Seq < ch.ledger.at.Seq && !in.Recovered {
		ch.ledger.at = at
	} else if missing, cause := ch.ledger.open(at, in.Recovered); cause != 0 {
		g := &Gap{Channel: in.Channel, Cause: cause}
		if !missing.empty() {
			g.From, g.Seq = missing.first, missing.last
		}
		events = append(events, g)
	}
	e := &Subscribed{
		Channel: in.Channel, Position: at, Resumed: resumed, Recovered: in.Recovered,
		Snapshots: ch.of, MaxHz: in.MaxHz, Policy: in.Policy,
	}
	if s.pattern() {
		e.Pattern = s.name
	}
	return append(events, e), s
}

// ended takes errors, and subscriptions that the server has ended.
func (c *Client) ended(in *inbound) ([]Event, *Subscription) {
	name := in.Channel
	if name == "" {
		name = in.Pattern
	}
	if in.Type == "unsubscribed" && in.Code == "" {
		return nil, nil // as we asked, or because of a pattern of ours that has gone
	}
	if ch := c.channels[name]; ch != nil {
		s := ch.sub
		delete(c.channels, name)
		if s.name == name {
			delete(c.subs, name)
		}
		return []Event{&Ended{Channel: name, Code: in.Code, Message: in.Message}}, s
	}
	s := c.subs[name]
	if s == nil {
		return nil, nil
	}
	delete(c.subs, name)
	return []Event{&Ended{Channel: name, Code: in.Code, Message: in.Message}}, s
}

func (ch *channel) message(in *inbound) []Event {
	if in.Epoch != "" && in.Epoch != ch.ledger.at.Epoch { // the channel counts anew
		ch.ledger.at = Position{Epoch: in.Epoch, Seq: in.Seq - 1}
	}
	e := ch.ledger.message(in.Seq, in.From, in.Dropped)
	if e.repeated {
		return nil
	}
	events := withDropped(undeclared(nil, in.Channel, e), in.Channel, e)
	if in.Gap {
		ch.ledger.Unknown++
		events = append(events, &Gap{Channel: in.Channel, Cause: Source})
	}
	return append(events, &Message{
		Channel: in.Channel, From: e.covers.first, Seq: in.Seq, TS: in.TS, Recv: in.Recv, Sent: in.Sent,
		Key: in.Key, Gap: in.Gap, Snapshot: string(in.Snapshot) == "true", Data: in.Data,
	})
}

func undeclared(events []Event, channel string, e entry) []Event {
	if e.missing.empty() {
		return events
	}
	return append(events, &Gap{Channel: channel, Cause: Undeclared, From: e.missing.first, Seq: e.missing.last})
}

func withDropped(events []Event, channel string, e entry) []Event {
	if e.dropped.empty() {
		return events
	}
	return append(events, &Dropped{Channel: channel, From: e.dropped.first, Seq: e.dropped.last})
}
