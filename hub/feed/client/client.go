package client

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/hub/feed/redial"
)

// Client is one connection to a feed, made again whenever it is lost. Make one with [Dial] or [New].
type Client struct {
	o   Options
	url *url.URL

	ctx     context.Context // ended by Close
	cancel  context.CancelFunc
	closing chan struct{} // closed when Close begins
	closed  sync.Once
	done    chan struct{} // closed when nothing runs any more
	first   chan struct{} // closed at the first connection
	busy    atomic.Bool   // a handler runs

	mu       sync.Mutex
	status   Status
	link     *link         // nil: there is none
	changed  chan struct{} // closed, and replaced, when link changes
	subs     []*Subscription
	channels map[string]*channel
	asked    map[uint64]chan<- *inbound // who waits for an answer on this link
	lastID   uint64
	err      error // why it is over
}

// Dial returns a client that is connected. address is a WebSocket URL, such as "ws://127.0.0.1:8080/feed". It tries until ctx ends, which has no
// meaning afterwards: a client lasts until [Client.Close], or until the server refuses it for good. The error is a *RefusedError, ctx's
// with that of the last try, or one of the URL.
func Dial(ctx context.Context, address string, o Options) (*Client, error) {
	c, err := New(address, o)
	if err != nil {
		return nil, err
	}
	select {
	case <-c.first:
		return c, nil
	case <-c.done:
		return nil, c.Err()
	case <-ctx.Done():
		last := c.Status().Err
		_ = c.Close()
		if last != nil {
			return nil, fmt.Errorf("client: no connection to %s: %w (%w)", redial.Shown(c.url), last, context.Cause(ctx))
		}
		return nil, fmt.Errorf("client: no connection to %s: %w", redial.Shown(c.url), context.Cause(ctx))
	}
}

// New is [Dial] without the wait: the connection is made in the background. The error says that address is no WebSocket URL.
func New(address string, o Options) (*Client, error) {
	u, err := redial.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	o.complete()
	if o.Times {
		q := u.Query()
		q.Set("times", "1")
		u.RawQuery = q.Encode()
	}
	c := &Client{
		o: o, url: u, closing: make(chan struct{}), done: make(chan struct{}), first: make(chan struct{}),
		changed: make(chan struct{}), channels: make(map[string]*channel),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	go c.run()
	return c, nil
}

// Close ends the connection in good order and returns when no goroutine of the client is left, and no handler runs. It waits for a
// handler that is under way, so none may call it. A second call does nothing. There is no error; the result makes it an io.Closer.
func (c *Client) Close() error {
	c.closed.Do(func() {
		close(c.closing)
		c.mu.Lock()
		l := c.link
		c.mu.Unlock()
		if l != nil {
			_ = l.ws.Close(websocket.StatusNormalClosure, "") // a server that does not answer is cut off
		}
		c.cancel()
	})
	<-c.done
	return nil
}

// Done is closed when the client is: after Close, or when the server has refused it for good.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err is why the client has ended by itself, a *RefusedError or a *ProtocolError; nil while it goes on, and after Close.
func (c *Client) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// run goes from connection to connection.
func (c *Client) run() {
	defer close(c.done)
	for {
		c.tell(Status{State: Connecting, Connects: c.Status().Connects, Err: c.Status().Err})
		began := time.Now()
		up, err := c.session()
		held := time.Duration(0)
		if up {
			held = time.Since(began)
		}
		var again *redial.Retryable
		switch {
		case c.ctx.Err() != nil || isClosed(c.closing):
			c.end(ErrClosed)
			return
		case !errors.As(err, &again):
			c.end(err)
			return
		}
		wait := c.o.Backoff.Next(held, again.After)
		c.tell(Status{State: Waiting, Connects: c.Status().Connects, Err: again.Err, Wait: wait})
		pause := time.NewTimer(wait)
		select {
		case <-pause.C:
		case <-c.closing:
			pause.Stop()
			c.end(ErrClosed)
			return
		}
	}
}

// end is the last thing that run does.
func (c *Client) end(err error) {
	c.cancel()
	if errors.Is(err, ErrClosed) {
		err = nil
	}
	c.mu.Lock()
	c.err = err
	c.mu.Unlock()
	c.tell(Status{State: Closed, Connects: c.Status().Connects, Err: err})
}

// session is one connection, from dial to loss.
func (c *Client) session() (up bool, err error) {
	l, err := c.dial()
	if err != nil {
		return false, err
	}
	if !c.attach(l) {
		l.close()
		return true, ErrClosed
	}
	defer c.detach(l)
	c.tell(Status{State: Connected, Connects: c.Status().Connects + 1})
	if c.Status().Connects == 1 {
		close(c.first)
	}
	err = c.receive(l)
	if wrong := (*ProtocolError)(nil); errors.As(err, &wrong) {
		_ = l.ws.Close(websocket.StatusNormalClosure, "") // in good order: the server has done nothing wrong but to be another one
	}
	return true, err
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}
