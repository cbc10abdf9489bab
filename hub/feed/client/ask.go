package client

import (
	"context"
	"encoding/json"
)

// Publication is what Publish can say beside the data.
type Publication struct {
	TS       int64 // the publisher's time in ns since 1970; 0: the server's
	Key      string
	Snapshot bool // data is a whole state
	Gap      bool // the publisher has lost messages before this one
}

// Publish publishes data, one JSON value, and returns the position that it has. The error is [ErrData], [ErrUnanswered], [ErrClosed], an
// [*AnswerError] or ctx's. It must not be called by a handler.
func (c *Client) Publish(ctx context.Context, channel string, data []byte, p Publication) (Position, error) {
	if !json.Valid(data) {
		return Position{}, ErrData
	}
	in, err := c.ask(ctx, &outbound{
		Type: "publish", Channel: channel, Data: data, TS: p.TS, Key: p.Key, Snapshot: p.Snapshot, Gap: p.Gap,
	})
	return Position{Epoch: in.Epoch, Seq: in.Seq}, err
}

// Refresh shows the server the token that Options.Token returns now. The error is [ErrNoToken], that of Token, or as for Publish. It must not
// be called by a handler.
func (c *Client) Refresh(ctx context.Context) error {
	if c.opt.Token == nil {
		return ErrNoToken
	}
	token, err := c.opt.Token(ctx)
	if err != nil {
		return err
	}
	_, err = c.ask(ctx, &outbound{Type: "refresh", Token: token})
	return err
}

// ask sends a request and waits for its answer; without a connection it fails at once.
func (c *Client) ask(ctx context.Context, o *outbound) (inbound, error) {
	answer := make(chan inbound, 1)
	c.mu.Lock()
	switch {
	case c.ctx.Err() != nil:
		c.mu.Unlock()
		return inbound{}, ErrClosed
	case c.conn == nil:
		c.mu.Unlock()
		return inbound{}, ErrUnanswered
	}
	c.id++
	o.ID = c.id
	c.asked[o.ID] = answer
	c.write(o)
	c.mu.Unlock()
	select {
	case in, ok := <-answer:
		switch {
		case !ok:
			return inbound{}, ErrUnanswered
		case in.Type == "error":
			return inbound{}, &AnswerError{Code: in.Code, Message: in.Message, Channel: in.Channel}
		}
		return in, nil
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.asked, o.ID)
		c.mu.Unlock()
		return inbound{}, ctx.Err()
	}
}

// answered gives an answer to whoever has asked; false: nobody has, or this is not the last one.
func (c *Client) answered(id uint64, in inbound) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := c.asked[id]
	if answer == nil || in.Type == "unsubscribed" { // a refresh tells of rights that are gone before its own answer
		return false
	}
	delete(c.asked, id)
	answer <- in
	return true
}
