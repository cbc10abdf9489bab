package client

import "time"

// State is where a client is with its connection.
type State uint8

const (
	// Connecting: a connection is being made.
	Connecting State = iota
	// Connected: there is one.
	Connected
	// Waiting: it was lost or could not be made; there will be another try.
	Waiting
	// Closed: there will be none.
	Closed
)

// String is a word for logs.
func (s State) String() string {
	return [...]string{"connecting", "connected", "waiting", "closed"}[s&3]
}

// Status is a client's state, and how it came there.
type Status struct {
	State    State
	Connects int           // connections so far
	Err      error         // of Waiting and Closed: why. nil after Close
	Wait     time.Duration // of Waiting: until the next try
}

// Status returns how it is now. Any goroutine may call it.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// tell makes s the status. It runs in the goroutine of the handlers.
func (c *Client) tell(s Status) {
	c.mu.Lock()
	c.status = s
	c.mu.Unlock()
	if c.o.OnStatus != nil {
		c.busy.Store(true)
		c.o.OnStatus(s)
		c.busy.Store(false)
	}
}
