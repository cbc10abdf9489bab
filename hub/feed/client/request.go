package client

import "context"

// request asks for o on the connection, or on the next one if there is none, and waits for the answer.
func (c *Client) request(ctx context.Context, o outbound) (*inbound, error) {
	answer := make(chan *inbound, 1)
	for {
		c.mu.Lock()
		l, changed := c.link, c.changed
		if l != nil {
			o.ID = c.nextID()
			c.asked[o.ID] = answer
		}
		c.mu.Unlock()
		if l != nil {
			l.send(o.encode())
			break
		}
		select {
		case <-changed:
		case <-c.done:
			return nil, c.over()
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	select {
	case in, ok := <-answer:
		switch {
		case !ok:
			return nil, ErrUnanswered
		case in.Type == "error":
			return nil, &AnswerError{in.Code, in.Message, in.Channel}
		}
		return in, nil
	case <-ctx.Done():
		c.mu.Lock()
		delete(c.asked, o.ID)
		c.mu.Unlock()
		return nil, context.Cause(ctx)
	}
}

// over is why nothing can be asked for any more.
func (c *Client) over() error {
	if err := c.Err(); err != nil {
		return err
	}
	return ErrClosed
}
