package client

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// attach makes l the connection, and asks it for everything that is subscribed to; false: the client is being closed.
func (c *Client) attach(l *link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if isClosed(c.closing) {
		return false
	}
	c.link, c.asked = l, make(map[uint64]chan<- *inbound)
	c.resubscribe()
	close(c.changed)
	c.changed = make(chan struct{})
	if c.o.PingEvery > 0 {
		l.run.Go(func() { l.ping(c.o.PingEvery, c.o.PingTimeout, &c.busy) })
	}
	if c.o.RefreshEvery > 0 && c.o.Token != nil {
		l.run.Go(func() { c.keepFresh(l) })
	}
	return true
}

// detach ends l. Whoever waits for an answer on it is told that there will be none.
func (c *Client) detach(l *link) {
	c.mu.Lock()
	c.link = nil
	for _, wait := range c.asked {
		close(wait)
	}
	c.asked = nil
	for _, ch := range c.channels {
		ch.live, ch.snapshots = false, 0
		ch.later.stop()
	}
	for _, s := range c.subs {
		s.later.stop()
	}
	c.mu.Unlock()
	l.close()
}

// batch is how many channels a request has at most. The protocol allows 1,024; fewer at a time leave room for the answers.
const batch = 256

// resubscribe asks for all channels, under mu. Those with a position go first, one by one, because each has its own since, and because
// the channels of a pattern must be resumed before the pattern finds them.
func (c *Client) resubscribe() {
	fresh := make(map[float64][]*channel) // by rate
	for _, ch := range c.sorted() {
		switch {
		case ch.known:
			c.subscribe(ch)
		case ch.sub.channel == ch.name:
			fresh[ch.sub.maxHz] = append(fresh[ch.sub.maxHz], ch)
		}
	}
	for _, hz := range slices.Sorted(maps.Keys(fresh)) {
		for some := range slices.Chunk(fresh[hz], batch) {
			o := outbound{Type: "subscribe", MaxHz: rate(hz), ID: c.nextID()}
			for _, ch := range some {
				ch.id, ch.since = o.ID, false
				o.Channels = append(o.Channels, ch.name)
			}
			c.link.send(o.encode())
		}
	}
	for _, s := range c.subs {
		if s.pattern() {
			c.link.send(s.request(c.nextID()))
		}
	}
	c.giveUpNames()
}

// giveUpNames leaves to the patterns what they have taken over, under mu, so that it ends with them.
func (c *Client) giveUpNames() {
	var names []string
	for _, ch := range c.sorted() {
		if ch.sub.pattern() && ch.known {
			names = append(names, ch.name)
		}
	}
	for some := range slices.Chunk(names, batch) {
		c.link.send((&outbound{Type: "unsubscribe", Channels: some, ID: c.nextID()}).encode())
	}
}

func (c *Client) sorted() []*channel {
	all := make([]*channel, 0, len(c.channels))
	for _, ch := range c.channels {
		all = append(all, ch)
	}
	slices.SortFunc(all, func(a, b *channel) int { return cmp.Compare(a.order, b.order) })
	return all
}

// subscribe asks for one channel, under mu. Its answer is told from those to earlier requests by its id.
func (c *Client) subscribe(ch *channel) {
	o := outbound{Type: "subscribe", Channel: ch.name, MaxHz: rate(ch.sub.maxHz), ID: c.nextID()}
	if ch.known {
		o.Since = &since{ch.at.Epoch, ch.at.Seq}
	}
	if ch.sub.pattern() && !ch.conflates {
		o.MaxHz = nil // that a pattern's channel cannot have a rate is no error, but by name it would be
	}
	ch.id, ch.since = o.ID, ch.known
	c.link.send(o.encode())
}

func (c *Client) nextID() uint64 {
	c.lastID++
	return c.lastID
}

// rate leaves 0 out: it is what a subscription has without.
func rate(hz float64) *float64 {
	if hz == 0 {
		return nil
	}
	return &hz
}

// timer is a request that is made later, unless the link ends before.
type timer struct{ t *time.Timer }

func (t *timer) stop() {
	if t.t != nil {
		t.t.Stop()
	}
}

// subscribeLater asks again when the server has had time, under mu.
func (c *Client) subscribeLater(ch *channel) {
	c.afterwards(&ch.later, &ch.retry, func() bool { return c.channels[ch.name] == ch && !ch.live }, func() { c.subscribe(ch) })
}

// afterwards calls ask, under mu, after a wait, if there is still the same connection, and still a reason.
func (c *Client) afterwards(t *timer, retry *Backoff, still func() bool, ask func()) {
	l := c.link
	t.stop()
	t.t = time.AfterFunc(retry.Next(0, 0), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.link == l && still() {
			ask()
		}
	})
}
