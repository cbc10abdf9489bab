package client

import (
	"context"
	"iter"
)

// Events subscribes and yields what comes, until the loop is left, which unsubscribes. The last turn of a loop that ends otherwise has an error and no event: ctx's,
// that of Subscribe, ErrClosed, that of the client, or an *AnswerError when the server has ended the subscription by name. While the loop's body runs,
// up to 64 events wait; then the connection is held back, as by any handler.
func (c *Client) Events(ctx context.Context, name string, o SubscribeOptions) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		queue := make(chan Event, 64)
		s, err := c.Subscribe(name, o, func(e Event) {
			select {
			case queue <- e:
			case <-ctx.Done():
			case <-c.closing:
			}
		})
		if err != nil {
			yield(nil, err)
			return
		}
		defer s.Unsubscribe()
		for {
			select {
			case e := <-queue:
				if !yield(e, nil) {
					return
				}
				if end, ok := e.(*Ended); ok && end.Channel == name {
					yield(nil, &AnswerError{end.Code, end.Message, end.Channel})
					return
				}
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			case <-c.done:
				yield(nil, c.over())
				return
			}
		}
	}
}
