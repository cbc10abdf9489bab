package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/load"
	"github.com/weir-ws/weir/bench/internal/proc"
	"github.com/weir-ws/weir/bench/internal/result"
)

// probe takes one sample: it starts the server, runs its code once, puts the cell's load on it, and ends it.
func (t Times) probe(ctx context.Context, c cell.Cell, s Server) (sample result.Sample, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.limit(c), fmt.Errorf("given up after %v", t.limit(c).Round(time.Second)))
	defer cancel()
	p, err := s.Start(ctx)
	if err != nil {
		return sample, fmt.Errorf("start: %w", err)
	}
	defer func() {
		// What the server says of its own end explains what the load saw of it, so it comes first. The load sees a
		// crash at once, the end of the process only comes a little later.
		if err != nil && ctx.Err() == nil {
			select {
			case <-p.Done:
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
		if stopped := p.Stop(); stopped != nil {
			err = errors.Join(stopped, err)
		}
	}()
	sample, err = t.measure(ctx, c, p)
	if err != nil && errors.Is(err, context.DeadlineExceeded) {
		err = context.Cause(ctx)
	}
	return sample, err
}

func (t Times) measure(ctx context.Context, c cell.Cell, p *Process) (result.Sample, error) {
	sample := result.Sample{Connections: c.Conns}
	m, err := newMeter(p)
	if err != nil {
		return sample, err
	}
	switch c.Kind {
	case cell.Idle:
		err = t.idle(ctx, c, p, m, &sample)
	case cell.Slow:
		err = t.slow(ctx, c, p, m, &sample)
	default:
		err = t.busy(ctx, c, p, m, &sample)
	}
	if err != nil {
		return sample, err
	}
	return sample, m.fill(&sample)
}

// busy is the cells whose load is all there is to see.
func (t Times) busy(ctx context.Context, c cell.Cell, p *Process, m *meter, s *result.Sample) error {
	var r load.Report
	var err error
	switch c.Kind {
	case cell.Echo:
		r, err = load.Echo(ctx, load.EchoPlan{
			Addr: p.Addr, Conns: c.Conns, Size: c.Size, Depth: c.Depth, Warm: t.Warm, Measure: t.window(c),
		}, m.window())
	case cell.Fan:
		r, err = load.Fan(ctx, t.fan(c, p), m.window())
	case cell.Storm:
		s.Connections = 0 // none of them stays
		r, err = load.Storm(ctx, load.StormPlan{Addr: p.Addr, Concurrent: c.Conns, Warm: t.Warm, Measure: t.window(c)}, m.window())
	default:
		err = fmt.Errorf("cell %s: no such kind: %q", c.Name, c.Kind)
	}
	report(s, r)
	return err
}

func (t Times) fan(c cell.Cell, p *Process) load.FanPlan {
	return load.FanPlan{
		Addr: p.Addr, Subscribers: c.Conns, Size: c.Size, Depth: c.Depth, Burst: c.Burst, Channels: c.Channels, Rate: c.Rate,
		Stalled: c.Stalled, Owed: c.Owed, Warm: t.Warm, Measure: t.window(c),
	}
}

func report(s *result.Sample, r load.Report) {
	s.Messages, s.Handshakes = r.Messages, r.Handshakes
	s.ConnectSeconds = r.Connect.Seconds()
	s.Latency = latency(r.Latency)
}

// slow watches the server's memory while readers stall.
func (t Times) slow(ctx context.Context, c cell.Cell, p *Process, m *meter, s *result.Sample) error {
	w := &watch{pids: m.pids}
	m.onBegin = w.start
	r, err := load.Fan(ctx, t.fan(c, p), m.window())
	w.stop()
	report(s, r)
	s.RSSHeld, s.RSSPeak = w.first(), w.peak()
	if r.Stalled.Readers > 0 {
		s.Stalled = &r.Stalled
	}
	for _, moment := range r.Timeline {
		s.Timeline = append(s.Timeline, result.Point{
			Seconds: moment.At.Seconds(), P99: moment.P99, RSS: w.at(moment.At), Delivered: moment.Delivered,
		})
	}
	return err
}

const (
	// few is how many connections come and go before the empty server is weighed: the code that serves a connection
	// is in memory then, and is not charged to the connections.
	few     = 64
	fewSize = 128
	fewRate = 100 // messages a second to them: enough to run the code, too few to make a heap grow
)

// idle weighs the server without connections and with them, and counts what it uses to keep them.
func (t Times) idle(ctx context.Context, c cell.Cell, p *Process, m *meter, s *result.Sample) error {
	if err := t.runCode(ctx, p); err != nil {
		return err
	}
	weigh := func() (int64, error) { return resident(m.pids) }
	var err error
	if s.RSSEmpty, err = weigh(); err != nil {
		return err
	}
	began := time.Now()
	held, err := load.Hold(ctx, load.HoldPlan{Addr: p.Addr, Conns: c.Conns})
	if err != nil {
		return err
	}
	defer held.Close()
	s.ConnectSeconds = time.Since(began).Seconds()
	if s.RSSHeld, err = settle(func() error { return held.Serve(ctx, t.Settle) }, weigh); err != nil {
		return err
	}
	m.begin()
	err = held.Serve(ctx, t.window(c))
	m.end()
	if err != nil {
		return err
	}
	s.RSSPeak, err = proc.RSS(m.pids)
	s.RSSPeak = max(s.RSSPeak, s.RSSHeld)
	return err
}

// runCode has the server serve a few subscribers, and gives it a moment to forget them.
func (t Times) runCode(ctx context.Context, p *Process) error {
	plan := load.FanPlan{Addr: p.Addr, Subscribers: few, Size: fewSize, Rate: fewRate, Measure: 200 * time.Millisecond}
	if _, err := load.Fan(ctx, plan, load.Window{}); err != nil {
		return fmt.Errorf("with %d subscribers: %w", few, err)
	}
	select {
	case <-time.After(t.Settle / 2):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
