package client

import (
	"context"
	"encoding/json"
)

// Publication is what can be said beside the data.
type Publication struct {
	TS       int64  // the publisher's time, ns since 1970; 0: the server's
	Key      string // what the data is the latest value of; "": nothing
	Snapshot bool   // the data is a whole state
	Gap      bool   // messages before this one are missing
}

// Publish publishes data, one JSON value, as it is, and returns which message of the channel it has become. Without a connection it waits for one. The error is
// ErrData, an *AnswerError, ErrUnanswered, ErrClosed, why the client has ended, or ctx's; with ctx's the message may have been published. It must not
// be called by a handler.
func (c *Client) Publish(ctx context.Context, channel string, data []byte, p Publication) (Position, error) {
	if !json.Valid(data) {
		return Position{}, ErrData
	}
	in, err := c.request(ctx, outbound{
		Type: "publish", Channel: channel, Data: data, TS: p.TS, Key: p.Key, Snapshot: p.Snapshot, Gap: p.Gap,
	})
	if err != nil {
		return Position{}, err
	}
	return Position{in.Epoch, in.Seq}, nil
}
