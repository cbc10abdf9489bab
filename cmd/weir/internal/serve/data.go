package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed/source"
)

// data is where the messages come from, and what is known of it before the first one.
type data struct {
	run       func(ctx context.Context, sink source.Sink) error
	channels  []string
	what      string                          // for the banner
	published func() (messages, bytes uint64) // nil: not counted

	external *external // nil: none
	anything bool      // there may be channels beside those

	replay *source.Replay // nil: the market
	book   catalogue      // of the replay
	wait   int            // subscribers that the replay waits for on every channel
}

// openExternalData makes the sources of cfg that are other programs.
func (s *server) openExternalData(cfg config.Source) (*data, error) {
	x, err := openExternal(cfg, s.console, s.log)
	if err != nil {
		return nil, err
	}
	return &data{run: x.run, channels: named(cfg), what: x.what(), published: x.published, external: x, anything: anything(cfg)}, nil
}

// openData makes the source that cfg asks for. pace is given to a replay.
func openData(ctx context.Context, cfg config.Source, pace func(context.Context) error) (*data, error) {
	if cfg.Replay == "" && cfg.Symbols == 0 {
		wait := func(ctx context.Context, _ source.Sink) error { <-ctx.Done(); return ctx.Err() }
		return &data{run: wait, what: "none but what is published"}, nil
	}
	if cfg.Replay == "" {
		m, err := source.NewMarket(source.MarketConfig{
			Symbols: cfg.Symbols, TradesPerSecond: cfg.TradeRate, Seed: cfg.Seed,
		})
		if err != nil {
			return nil, err
		}
		channels := m.Channels()
		return &data{run: m.Run, channels: channels, published: func() (uint64, uint64) {
			st := m.Stats()
			return st.Messages, st.Bytes
		}, what: fmt.Sprintf("synthetic market: %s, %s, %g trades/s each (seed %d)",
			terminal.Plural(cfg.Symbols, "symbol"), terminal.Plural(len(channels), "channel"), cfg.TradeRate, cfg.Seed)}, nil
	}
	book, err := readThrough(ctx, cfg.Replay)
	if err != nil {
		return nil, err
	}
	r, err := source.NewReplay(source.ReplayConfig{Path: cfg.Replay, Speed: cfg.Speed, Loop: cfg.Loop, Pace: pace, Snapshots: !cfg.SkipSnapshots})
	if err != nil {
		return nil, err
	}
	d := &data{run: r.Run, channels: book.channels, replay: r, book: book, wait: cfg.MinSubscribers}
	d.published = func() (uint64, uint64) {
		p := r.Progress()
		return p.Messages, p.Bytes
	}
	speed := cfg.Speed.String() + " speed"
	if cfg.Loop {
		speed += ", in a loop"
	}
	d.what = fmt.Sprintf("replay of %s: %s in %s, %s of recorded time, at %s", cfg.Replay,
		terminal.Plural(book.messages, "message"), terminal.Plural(len(book.channels), "channel"),
		terminal.Duration(book.span), speed)
	return d, nil
}

// sink is what the source writes to.
func (s *server) sink() source.Sink {
	if s.data.replay != nil && !s.cfg.Source.SkipSnapshots {
		return newBooks(publish(s.hub), s.log)
	}
	return publish(s.hub)
}

// publish returns the sink that the source writes to.
func publish(h *hub.Hub) source.Sink {
	return source.SinkFunc(func(ctx context.Context, e source.Event) error {
		p := hub.Payload{Data: e.Data, Time: e.TS, Key: e.Key, Snapshot: e.Snapshot, Gap: e.Gap}
		for {
			_, err := h.Publish(ctx, e.Channel, p)
			if !errors.Is(err, hub.ErrBacklog) {
				return err
			}
			// A loop has a million messages to go. Losing this one would leave a hole in a stream of
			// differences; waiting holds the source back instead, which is what a weir is for.
			if err := h.Sync(ctx); err != nil {
				return err
			}
		}
	})
}

// sorted returns the keys of m in order.
func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
