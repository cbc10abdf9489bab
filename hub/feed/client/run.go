package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// statusExpired is the close code of a connection whose token has expired: docs/protocol.md.
const statusExpired = 3000

// run connects, reads, and connects again, until the client ends.
func (c *Client) run() {
	defer close(c.done)
	for {
		c.setStatus(Status{State: Connecting})
		conn, wait, err := c.connect()
		held := time.Duration(0)
		if err == nil {
			began := time.Now()
			err = c.serve(conn)
			held, wait = time.Since(began), hint(err)
		}
		if c.ctx.Err() != nil {
			c.setStatus(Status{State: Closed})
			return
		}
		if c.fatal(err) {
			c.mu.Lock()
			c.err = err
			c.mu.Unlock()
			c.end()
			c.setStatus(Status{State: Closed, Err: err})
			return
		}
		wait = c.opt.Backoff.Next(held, wait)
		c.setStatus(Status{State: Waiting, Err: err, Wait: wait})
		select {
		case <-time.After(wait):
		case <-c.ctx.Done():
		}
	}
}

// fatal tells whether another try would end in the same way.
func (c *Client) fatal(err error) bool {
	var refused *RefusedError
	var protocol *ProtocolError
	switch {
	case errors.As(err, &refused):
		return hopeless(refused.Status)
	case errors.As(err, &protocol):
		return true
	case websocket.CloseStatus(err) == statusExpired:
		return c.opt.Token == nil
	}
	return false
}

// connect makes a connection. wait is what the server asks for if it does not.
func (c *Client) connect() (conn *websocket.Conn, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(c.ctx, c.opt.DialTimeout)
	defer cancel()
	head := c.opt.Header.Clone()
	if head == nil {
		head = make(http.Header)
	}
	if c.opt.Token != nil {
		token, err := c.opt.Token(ctx)
		if err != nil {
			return nil, 0, err
		}
		if token != "" {
			head.Set("Authorization", "Bearer "+token)
		}
	}
	mode := websocket.CompressionDisabled
	if c.opt.Compress {
		mode = websocket.CompressionNoContextTakeover
	}
	conn, r, err := websocket.Dial(ctx, c.url.String(), &websocket.DialOptions{
		HTTPClient: c.opt.HTTPClient, HTTPHeader: head, Subprotocols: []string{"weir.v1"}, CompressionMode: mode,
	})
	if err == nil {
		conn.SetReadLimit(c.opt.ReadLimit)
		return conn, 0, nil
	}
	if r == nil || r.StatusCode == http.StatusSwitchingProtocols {
		return nil, 0, err
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, 512))
	shown := *c.url
	shown.RawQuery, shown.User = "", nil // where secrets are
	return nil, retryAfter(r.Header), &RefusedError{URL: shown.String(), Status: r.StatusCode, Body: string(body)}
}

// serve subscribes and reads until the connection is lost; the error says why.
func (c *Client) serve(conn *websocket.Conn) error {
	ctx, cancel := context.WithCancel(c.ctx)
	stopped := make(chan struct{})
	go func() { defer close(stopped); c.keepAlive(ctx, conn) }()
	defer func() {
		c.detach()
		cancel()
		if c.ctx.Err() != nil {
			_ = conn.Close(websocket.StatusNormalClosure, "")
		}
		_ = conn.CloseNow()
		<-stopped
	}()
	c.attach(conn)
	c.setStatus(Status{State: Connected})
	for {
		_, p, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		c.busy.Store(true)
		if c.opt.Received != nil {
			c.opt.Received(p)
		}
		err = c.hear(p)
		c.busy.Store(false)
		if err != nil {
			return err
		}
	}
}

// keepAlive pings, and shows the token anew.
func (c *Client) keepAlive(ctx context.Context, conn *websocket.Conn) {
	tick := func(d time.Duration) (<-chan time.Time, func()) {
		if d <= 0 {
			return nil, func() {}
		}
		t := time.NewTicker(d)
		return t.C, t.Stop
	}
	pings, stop := tick(c.opt.PingEvery)
	defer stop()
	refreshes, stop := tick(c.opt.RefreshEvery)
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-refreshes:
			_ = c.Refresh(ctx) // what is wrong with a token shows when the old one has expired
		case <-pings:
			one, cancel := context.WithTimeout(ctx, c.opt.PingTimeout)
			err := conn.Ping(one)
			cancel()
			// While a handler runs nobody reads, and the answer may be there.
			if err != nil && !c.busy.Load() {
				_ = conn.CloseNow()
				return
			}
		}
	}
}
