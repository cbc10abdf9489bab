package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// ErrData is wrapped by the error of [Feed.Publish] for data that is not valid JSON in valid
// UTF-8: sent as it is, it would break the protocol for every subscriber.
var ErrData = errors.New("feed: data is not valid JSON in UTF-8; nothing was published")

// Publish sends data, one JSON value, to the subscribers of channel. tsNanos is the publisher's
// time in nanoseconds since 1970; 0 means that there is none, and then the message bears the
// time of this call. data is the feed's from the call on: it is not copied, so it must not change any
// more.
//
// The error wraps [ErrData] or is that of [hub.Hub.Publish]. With hub.ErrBacklog a loop is too far
// behind: Hub.Sync waits for it. Any goroutine may call it; it never waits for a loop.
func (f *Feed) Publish(ctx context.Context, channel string, data []byte, tsNanos int64) error {
	if !json.Valid(data) || !utf8.Valid(data) {
		return fmt.Errorf("channel %.64q: %w", channel, ErrData)
	}
	return f.PublishValid(ctx, channel, data, tsNanos)
}

// PublishValid is [Feed.Publish] without the pass over data, for a publisher that knows it to
// be JSON because it made it or has parsed it.
func (f *Feed) PublishValid(ctx context.Context, channel string, data []byte, tsNanos int64) error {
	_, err := f.send(ctx, channel, hub.Payload{Data: data, Time: tsNanos})
	return err
}

// send publishes, and dates what has no date.
func (f *Feed) send(ctx context.Context, channel string, p hub.Payload) (hub.Position, error) {
	if p.Time == 0 {
		p.Time = f.cfg.Now().UnixNano()
	}
	p.Op = frame.OpText
	return f.hub.Publish(ctx, channel, p)
}
