package upstream

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/redial"
	"github.com/weir-ws/weir/hub/feed/source"
)

// sinkError is one of the sink, which ends the source.
type sinkError struct{ error }

// raw is one Run of a raw upstream.
type raw struct {
	*Upstream
	ctx  context.Context
	sink source.Sink
	lost source.Losses
	ever bool // there was a connection before
}

// runRaw goes from connection to connection.
func (u *Upstream) runRaw(ctx context.Context, sink source.Sink) error {
	r := &raw{Upstream: u, ctx: ctx, sink: sink}
	backoff := u.cfg.Backoff
	for {
		u.tell(client.Status{State: client.Connecting})
		began := u.cfg.Clock.Now()
		up, err := r.session()
		var failed sinkError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &failed):
			return failed.error
		}
		held := time.Duration(0)
		if up {
			held = u.cfg.Clock.Now().Sub(began)
		}
		after := time.Duration(0)
		var again *redial.Retryable
		if errors.As(err, &again) {
			after = again.After
		}
		wait := backoff.Next(held, after)
		u.tell(client.Status{State: client.Waiting, Err: err, Wait: wait})
		if err := u.cfg.Clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// session is one connection, from dial to loss.
func (r *raw) session() (up bool, err error) {
	dial, cancel := context.WithTimeout(r.ctx, r.cfg.DialTimeout)
	defer cancel()
	o := websocket.DialOptions{HTTPHeader: r.cfg.Header, CompressionMode: websocket.CompressionDisabled}
	if r.cfg.Compress {
		o.CompressionMode = websocket.CompressionContextTakeover
	}
	ws, err := redial.Dial(dial, r.url, r.cfg.Token, o)
	if err != nil {
		return false, err
	}
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(r.cfg.MaxMessage)
	for _, s := range r.cfg.Subscribe {
		if err := ws.Write(dial, websocket.MessageText, []byte(s)); err != nil {
			return true, redial.Lost(err)
		}
	}
	if r.ever {
		r.lost.LoseAll() // what passed meanwhile, nobody knows
	}
	r.ever = true
	r.tell(client.Status{State: client.Connected})
	w := &watch{ws: ws, came: make(chan struct{}, 1)}
	ctx, stop := context.WithCancel(r.ctx)
	var run sync.WaitGroup
	run.Go(func() { w.ping(ctx, r.cfg.Ping) })
	defer run.Wait()
	defer stop()
	err = r.read(ctx, w)
	if w.gone.Load() {
		err = &redial.Retryable{Err: errSilent}
	}
	return true, err
}

// read publishes what comes until the connection ends.
func (r *raw) read(ctx context.Context, w *watch) error {
	for {
		_, p, err := w.ws.Read(ctx)
		if err != nil {
			return redial.Lost(err)
		}
		w.read()
		err = r.take(p)
		w.published()
		if err != nil {
			return sinkError{err}
		}
	}
}

// take publishes a message, if it is one. The error is the sink's.
func (r *raw) take(p []byte) error {
	if r.cfg.Ping.Pong != "" && string(p) == r.cfg.Ping.Pong {
		return nil
	}
	e, ok, err := r.m.event(p)
	if err != nil {
		r.counts.bad.Add(1)
		switch {
		case errors.Is(err, ErrNotJSON):
			r.lost.LoseAll() // whose message it was, nobody knows
		case e.Channel != "":
			r.lost.Lose(e.Channel)
		}
		if r.cfg.OnBad != nil {
			r.cfg.OnBad(&BadError{URL: r.String(), Text: string(p[:min(len(p), 200)]), Err: err})
		}
		return nil
	}
	if !ok {
		r.counts.ignored.Add(1)
		return nil
	}
	e.Gap = r.lost.Gap(e.Channel)
	return r.publish(r.ctx, r.sink, e)
}
