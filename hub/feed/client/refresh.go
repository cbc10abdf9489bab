package client

import (
	"context"
	"time"
)

// Refresh shows the server a new token, which Options.Token returns, and returns until when it is good; the zero time: for ever. What it
// does not allow is ended with an *Ended. The error is ErrNoToken, that of Options.Token, an *AnswerError (then nothing has changed), ErrUnanswered,
// ErrClosed or ctx's. It must not be called by a handler.
func (c *Client) Refresh(ctx context.Context) (expires time.Time, err error) {
	if c.o.Token == nil {
		return time.Time{}, ErrNoToken
	}
	token, err := c.o.Token(ctx)
	if err != nil {
		return time.Time{}, err
	}
	in, err := c.request(ctx, outbound{Type: "refresh", Token: token})
	if err != nil || in.Expires == 0 {
		return time.Time{}, err
	}
	return time.Unix(in.Expires, 0), nil
}

// keepFresh refreshes as often as Options.RefreshEvery says while l lasts. A failure shows when the server closes the connection with 3000; then
// a new connection shows a new token.
func (c *Client) keepFresh(l *link) {
	tick := time.NewTicker(c.o.RefreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_, _ = c.Refresh(l.ctx)
		case <-l.ctx.Done():
			return
		}
	}
}
