package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

// quiet is how many cores the neighbours may use before a sample is taken again.
const quiet = 0.2

// Summary is what came of a run.
type Summary struct {
	Samples  []result.Sample
	Failures []result.Failure
	Noisy    int  // samples that stand although the neighbours were never quiet
	Broken   bool // the context ended before the plan did
}

// Failed says whether the server failed in any cell.
func (s *Summary) Failed(server string) bool {
	for _, f := range s.Failures {
		if f.Server == server {
			return true
		}
	}
	return false
}

// Run goes through the plan. A server that fails in a cell is a Failure and sits out the rest of that cell; the run goes on.
// When ctx ends, Run stops at once: the sample in the making is dropped, no End is written, and the error is nil. An error
// is one of the bench itself, such as a full disk under Out.
func (p *Plan) Run(ctx context.Context) (*Summary, error) {
	if len(p.Servers) == 0 || len(p.Cells) == 0 || p.Rounds < 1 {
		return nil, fmt.Errorf("nothing to measure: %d servers, %d cells, %d rounds", len(p.Servers), len(p.Cells), p.Rounds)
	}
	r := &runner{Plan: p, probe: p.probe, out: result.NewWriter(io.Discard), began: time.Now(), estimate: newEstimate(p)}
	if p.Out != nil {
		r.out = result.NewWriter(p.Out)
	}
	if r.probe == nil {
		r.probe = p.Times.probe
	}
	if err := r.head(); err != nil {
		return nil, err
	}
	r.Progress.begin(r.estimate.left(), r.estimate.total)
	for _, c := range p.Cells {
		if err := r.cell(ctx, c); err != nil || r.sum.Broken {
			r.Progress.end()
			return &r.sum, err
		}
		r.Progress.cell(c, p.Servers, r.sum.Samples)
	}
	r.Progress.end()
	end := result.End{Seconds: time.Since(r.began).Seconds(), Load: meanNeighbours(r.sum.Samples)}
	return &r.sum, r.out.Write(result.Record{End: &end})
}

// runner is a run under way.
type runner struct {
	*Plan
	probe    func(ctx context.Context, c cell.Cell, s Server) (result.Sample, error)
	out      *result.Writer
	began    time.Time
	estimate *estimate
	sum      Summary
	loud     int // planned samples in a row that no attempt found quiet
}

// given is after how many samples in a row that stayed noisy no more attempts are spent, until one is quiet by itself: the
// neighbours are there to stay, and a run of twice the length would say no more.
const given = 5

// attempts is how often the next sample may be taken.
func (r *runner) attempts() int {
	switch {
	case r.loud >= given:
		return 1
	case r.Attempts == 0:
		return 3
	}
	return r.Attempts
}

func (r *runner) head() error {
	head := r.Head
	head.Rounds = r.Rounds
	head.Servers, head.Cells = nil, nil
	for _, s := range r.Servers {
		head.Servers = append(head.Servers, s.Info)
	}
	for _, c := range r.Cells {
		head.Cells = append(head.Cells, c.Name)
	}
	if err := r.out.Write(result.Record{Run: &head}); err != nil {
		return err
	}
	for _, m := range r.Missing {
		if err := r.out.Write(result.Record{Missing: &m}); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) cell(ctx context.Context, c cell.Cell) error {
	failed := map[string]bool{}
	for _, s := range r.steps(c) {
		if failed[s.server.Info.Name] {
			r.estimate.skip(c)
			continue
		}
		err := r.sample(ctx, s)
		var broke *failure
		switch {
		case errors.As(err, &broke):
			failed[s.server.Info.Name] = true
			f := result.Failure{Cell: c.Name, Server: s.server.Info.Name, Round: s.round, Error: broke.Error()}
			r.sum.Failures = append(r.sum.Failures, f)
			r.Progress.failure(f)
			if err := r.out.Write(result.Record{Failure: &f}); err != nil {
				return err
			}
		case err != nil:
			return err
		}
		if r.sum.Broken {
			return nil
		}
	}
	return nil
}

// failure is an error of the server, not of the bench.
type failure struct{ error }

// sample takes one, again while the neighbours are busy.
func (r *runner) sample(ctx context.Context, s step) error {
	last := r.attempts()
	for attempt := 1; ; attempt++ {
		r.Progress.step(s, attempt, r.estimate)
		began := time.Now()
		sample, err := r.probe(ctx, s.cell, s.server)
		if ctx.Err() != nil {
			r.sum.Broken = true
			return nil
		}
		r.estimate.took(s.cell, time.Since(began), attempt == 1)
		if err != nil {
			return &failure{err}
		}
		sample.Cell, sample.Server, sample.Round, sample.Attempt = s.cell.Name, s.server.Info.Name, s.round, attempt
		busy := sample.Neighbours > quiet
		sample.Noisy = busy && attempt < last
		switch {
		case !busy:
			r.loud = 0
		case !sample.Noisy:
			r.sum.Noisy++
			r.loud++
		}
		r.sum.Samples = append(r.sum.Samples, sample)
		r.Progress.sample(s, &sample)
		if err := r.out.Write(result.Record{Sample: &sample}); err != nil {
			return err
		}
		if !sample.Noisy {
			return nil
		}
	}
}

func meanNeighbours(samples []result.Sample) float64 {
	var sum, seconds float64
	for i := range samples {
		sum += samples[i].Neighbours * samples[i].Seconds
		seconds += samples[i].Seconds
	}
	if seconds == 0 {
		return 0
	}
	return sum / seconds
}
