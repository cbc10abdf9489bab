package client

import (
	"context"
	"encoding/json"
)

// Publication is what is published.
type Publication struct {
	Channel  string
	Data     []byte // one JSON value
	TS       int64  // ns since 1970; 0: the server's time
	Key      string // what Data is the latest value of; "": nothing
	Snapshot bool   // Data is a whole state
	Gap      bool   // messages before this one are missing
}

// Publish publishes, and returns which message of the channel it has become. Without a connection it waits for one. The error is ErrData, an
// *AnswerError, ErrUnanswered, ErrClosed or ctx's; with the last but those of before there was a connection, the message may have been published. It
// must not be called by a handler.
func (c *Client) Publish(ctx context.Context, p Publication) (Position, error) {
	if !json.Valid(p.Data) {
		return Position{}, ErrData
	}
	in, err := c.request(ctx, outbound{
		Type: "publish", Channel: p.Channel, Data: p.Data, TS: p.TS, Key: p.Key, Snapshot: p.Snapshot, Gap: p.Gap,
	})
	if err != nil {
		return Position{}, err
	}
	return Position{in.Epoch, in.Seq}, nil
}
