package client

import (
	"context"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/coder/websocket"
)

// Client is one connection to a feed, made anew whenever it is lost. Make one with [New] or [Dial].
type Client struct {
	url  *url.URL
	opt  Options
	ctx  context.Context
	end  context.CancelFunc
	done chan struct{} // closed when the reading goroutine has ended

	busy atomic.Bool // a handler runs

	mu       sync.Mutex
	subs     map[string]*Subscription // by channel or pattern
	channels map[string]*channel
	conn     *websocket.Conn // nil: none
	asked    map[uint64]chan inbound
	id       uint64
	status   Status
	err      error         // of Closed
	first    chan struct{} // closed with the first connection, or with the end
}

// channel is what is known of one.
type channel struct {
	sub    *Subscription // whose handler gets its events
	ledger ledger
	live   bool // "subscribed" has come on this connection
	shown  int  // snapshots that have come
	of     int  // snapshots that were promised
}

// New returns a client that connects to the feed at rawURL ("ws://", "wss://") in the background, and goes on trying. The error says that
// rawURL is none.
func New(rawURL string, opt Options) (*Client, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, err
	}
	if opt.Times {
		q := u.Query()
		q.Set("times", "1")
		u.RawQuery = q.Encode()
	}
	opt.complete()
	c := &Client{
		url: u, opt: opt, done: make(chan struct{}), first: make(chan struct{}),
		subs: make(map[string]*Subscription), channels: make(map[string]*channel), asked: make(map[uint64]chan inbound),
	}
	c.ctx, c.end = context.WithCancel(context.Background())
	go c.run()
	return c, nil
}

// Dial is [New], and waits for the first connection. The error is ctx's, a [*RefusedError] or that of New; then the client is closed.
func Dial(ctx context.Context, rawURL string, opt Options) (*Client, error) {
	c, err := New(rawURL, opt)
	if err != nil {
		return nil, err
	}
	select {
	case <-c.first:
	case <-ctx.Done():
		_ = c.Close()
		return nil, ctx.Err()
	}
	if err := c.Err(); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the client, and waits until no handler runs any more. It must not be called by a handler. A second call does nothing.
func (c *Client) Close() error {
	c.end()
	<-c.done
	return nil
}

// Done is closed when the client has ended: by Close, or because the server has refused it ([Client.Err]).
func (c *Client) Done() <-chan struct{} { return c.done }

// Err is why the client has ended by itself; nil while it goes on, and after Close.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Status returns where the client is with its connection.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// setStatus tells of a change.
func (c *Client) setStatus(s Status) {
	c.mu.Lock()
	s.Connects = c.status.Connects
	if s.State == Connected {
		s.Connects++
	}
	c.status = s
	if s.State == Connected || s.State == Closed {
		select {
		case <-c.first:
		default:
			close(c.first)
		}
	}
	c.mu.Unlock()
	if c.opt.OnStatus != nil {
		c.busy.Store(true)
		c.opt.OnStatus(s)
		c.busy.Store(false)
	}
}
