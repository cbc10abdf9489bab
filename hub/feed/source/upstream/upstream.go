package upstream

import (
	"context"
	"net/url"
	"sync/atomic"

	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/redial"
	"github.com/weir-ws/weir/hub/feed/source"
)

// Upstream is one connection to another server, as a source. Make one with [New].
type Upstream struct {
	cfg Config
	url *url.URL
	m   *mapping // nil for Weir

	running  atomic.Bool
	up       atomic.Bool
	connects atomic.Uint64
	counts   struct{ messages, bytes, ignored, bad, gaps atomic.Uint64 }
}

var _ source.Source = (*Upstream)(nil)

// Stats are an upstream's totals, and whether it is connected.
type Stats struct {
	Up              bool
	Connects        uint64 // connections so far
	Messages, Bytes uint64 // published; bytes of data
	Ignored         uint64 // messages without a channel, such as answers
	Bad             uint64 // messages that are not what Config.Map says
	Gaps            uint64 // messages that were published with Event.Gap
}

// New checks cfg; it does not connect. The error is a *source.ConfigError.
func New(cfg Config) (*Upstream, error) {
	u, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	up := &Upstream{url: u}
	if cfg.Kind == Raw {
		if up.m, err = newMapping(&cfg); err != nil {
			return nil, err
		}
	}
	up.cfg = cfg
	return up, nil
}

// String is the URL without what may be secret.
func (u *Upstream) String() string { return redial.Shown(u.url) }

// Stats returns the totals. Any goroutine may call it.
func (u *Upstream) Stats() Stats {
	return Stats{
		Up: u.up.Load(), Connects: u.connects.Load(), Messages: u.counts.messages.Load(), Bytes: u.counts.bytes.Load(),
		Ignored: u.counts.ignored.Load(), Bad: u.counts.bad.Load(), Gaps: u.counts.gaps.Load(),
	}
}

// Run publishes what comes until ctx ends; the error is ctx's, that of the sink, or source.ErrRunning. It starts goroutines for its connection, which
// have ended when it returns. Publish of the sink is called from one of them at a time.
func (u *Upstream) Run(ctx context.Context, sink source.Sink) error {
	if !u.running.CompareAndSwap(false, true) {
		return source.ErrRunning
	}
	defer u.running.Store(false)
	defer u.up.Store(false)
	if u.cfg.Kind == Raw {
		return u.runRaw(ctx, sink)
	}
	return u.runWeir(ctx, sink)
}

// publish hands an event to the sink and counts it.
func (u *Upstream) publish(ctx context.Context, sink source.Sink, e source.Event) error {
	if err := sink.Publish(ctx, e); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	u.counts.messages.Add(1)
	u.counts.bytes.Add(uint64(len(e.Data)))
	if e.Gap {
		u.counts.gaps.Add(1)
	}
	return nil
}

// tell reports a status.
func (u *Upstream) tell(s client.Status) {
	up := s.State == client.Connected
	if up && !u.up.Load() {
		u.connects.Add(1)
	}
	u.up.Store(up)
	if u.cfg.OnStatus != nil {
		s.Connects = int(u.connects.Load())
		u.cfg.OnStatus(s)
	}
}
