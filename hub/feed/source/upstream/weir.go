package upstream

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/source"
)

// relay is one Run of an upstream of kind weir. Its handlers run in the client's goroutine, and after one client has ended in that of the next.
type relay struct {
	*Upstream
	ctx    context.Context
	stop   context.CancelCauseFunc // with the sink's error
	sink   source.Sink
	lost   source.Losses
	states map[string]bool            // channels whose *Snapshot is the whole state
	at     map[string]client.Position // of channels by name, for the next client
}

// runWeir goes from client to client: each reconnects by itself, and ends only when the server refuses it for good, as after a change of tokens. An
// operator may mend that while we go on asking.
func (u *Upstream) runWeir(ctx context.Context, sink source.Sink) error {
	run, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &relay{Upstream: u, ctx: run, stop: stop, sink: sink, states: make(map[string]bool), at: make(map[string]client.Position)}
	backoff := u.cfg.Backoff
	for {
		began := u.cfg.Clock.Now()
		err := r.session()
		if run.Err() != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return context.Cause(run)
		}
		wait := backoff.Next(u.cfg.Clock.Now().Sub(began), 0)
		u.tell(client.Status{State: client.Waiting, Err: err, Wait: wait})
		if err := u.cfg.Clock.Sleep(run, wait); err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// session is one client, until it ends or ctx does.
func (r *relay) session() error {
	since := maps.Clone(r.at) // r.at is handle's once there is a client
	c, err := client.New(r.cfg.URL, client.Options{
		Token: r.cfg.Token, Header: r.cfg.Header, Compress: r.cfg.Compress, ReadLimit: r.cfg.MaxMessage, DialTimeout: r.cfg.DialTimeout, Backoff: r.cfg.Backoff,
		OnStatus: func(s client.Status) {
			if s.State != client.Closed { // of which the caller tells
				r.tell(s)
			}
		},
	})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	var subs []*client.Subscription
	subscribe := func(name string) error {
		var o client.SubscribeOptions
		if at, ok := since[name]; ok {
			o.Since = &at
		}
		s, err := c.Subscribe(name, o, r.handle)
		if err == nil {
			subs = append(subs, s)
		}
		return err
	}
	named := make(map[string]bool)
	for _, name := range r.cfg.Channels {
		named[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(since)) { // before a pattern finds them
		if !named[name] {
			err = errors.Join(err, subscribe(name))
		}
	}
	for _, name := range r.cfg.Channels {
		err = errors.Join(err, subscribe(name))
	}
	if err != nil && !errors.Is(err, client.ErrClosed) { // one that has ended meanwhile says below why
		return err
	}
	select {
	case <-c.Done():
		for _, s := range subs {
			for name, at := range s.Positions() {
				r.at[name] = at
			}
		}
		return c.Err()
	case <-r.ctx.Done():
		return nil
	}
}

// handle publishes what is one, and remembers what is missing.
func (r *relay) handle(e client.Event) {
	switch e := e.(type) {
	case *client.Subscribed:
		r.states[e.Channel] = e.Snapshots == 1
	case *client.Snapshot:
		// A single one without a key is the whole state; of several, each is the last value of its key, like any message.
		r.pass(source.Event{Channel: e.Channel, Data: e.Data, TS: e.TS, Key: e.Key, Snapshot: r.states[e.Channel] && e.Key == ""})
	case *client.Message:
		r.pass(source.Event{Channel: e.Channel, Data: e.Data, TS: e.TS, Key: e.Key, Snapshot: e.Snapshot, Gap: e.Gap})
	case *client.Gap:
		r.lost.Lose(e.Channel)
	case *client.Dropped:
		r.lost.Lose(e.Channel)
	case *client.Ended:
		r.lost.Lose(e.Channel)
		delete(r.at, e.Channel)
		if r.cfg.OnEnded != nil {
			r.cfg.OnEnded(e)
		}
	}
}

// pass publishes. An error ends the Run: until then nothing more is published, or there would be a hole.
func (r *relay) pass(e source.Event) {
	if r.ctx.Err() != nil {
		return
	}
	e.Gap = r.lost.Gap(e.Channel) || e.Gap
	if e.TS == 0 {
		e.TS = r.cfg.Clock.Now().UnixNano()
	}
	if err := r.publish(r.ctx, r.sink, e); err != nil {
		r.stop(err)
	}
}
