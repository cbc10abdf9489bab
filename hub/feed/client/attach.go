package client

import (
	"maps"
	"slices"

	"github.com/coder/websocket"
)

const textMessage = websocket.MessageText

// batch is how many channels are given up in one request.
const batch = 256

// attach subscribes to everything on a new connection, from where it was.
//
// A pattern cannot go on from somewhere. So each of its channels is subscribed to by name first, then the pattern, which takes over
// what it finds, and then the names are given up.
func (c *Client) attach(conn *websocket.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c.channels)) {
		ch := c.channels[name]
		if !ch.ledger.known {
			continue
		}
		c.write(c.subscribe(ch.sub, name))
		if ch.sub.name != name {
			names = append(names, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.subs)) {
		s := c.subs[name]
		if ch := c.channels[name]; s.pattern() || ch == nil || !ch.ledger.known {
			c.write(c.subscribe(s, name))
		}
	}
	for some := range slices.Chunk(names, batch) {
		c.write(&outbound{Type: "unsubscribe", Channels: some})
	}
}

// detach ends what was under way on a connection that is lost.
func (c *Client) detach() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = nil
	for _, ch := range c.channels {
		ch.live = false
	}
	for id, answer := range c.asked {
		close(answer)
		delete(c.asked, id)
	}
}
