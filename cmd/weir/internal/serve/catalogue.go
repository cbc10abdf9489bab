package serve

import (
	"context"
	"fmt"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed/source"
)

// catalogue is what a recording holds.
type catalogue struct {
	channels []string // in order
	messages int
	span     time.Duration // of recorded time
}

// readThrough reads a recording once from end to end before anything is served: then its channels are known, so that
// a subscriber who mistypes one is told; min-subscribers has something to count; progress has an end; and a file
// that is damaged in its middle is found before anybody has built on its beginning.
func readThrough(ctx context.Context, path string) (catalogue, error) {
	r, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: source.Max})
	if err != nil {
		return catalogue{}, err
	}
	seen := make(map[string]struct{})
	err = r.Run(ctx, source.SinkFunc(func(_ context.Context, e source.Event) error {
		channel := e.Channel
		if _, ok := seen[channel]; ok {
			return nil
		}
		if err := hub.ValidateChannel(channel); err != nil {
			return fmt.Errorf("a stream's name must be a channel's name: %w", err)
		}
		seen[channel] = struct{}{}
		return nil
	}))
	if err != nil {
		return catalogue{}, err
	}
	p := r.Progress()
	return catalogue{channels: sorted(seen), messages: int(p.Messages), span: p.Recorded}, nil
}
