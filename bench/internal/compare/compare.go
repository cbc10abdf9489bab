package compare

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
	"github.com/weir-ws/weir/bench/internal/rival"
	"github.com/weir-ws/weir/bench/internal/run"
)

// The two sides, as samples name them.
const (
	Base = "base"
	Head = "head"
)

// Options is what to compare.
type Options struct {
	BenchDir string // of the bench module in the checkout that is at work
	Base     string // revision
	Head     string // revision; "": the working tree as it is
	Cells    []cell.Cell
	Rounds   int
	Times    run.Times
	Attempts int       // as in run.Plan
	Out      io.Writer // gets the samples as JSON lines; nil: none
	Progress *run.Progress
	Command  []string  // for the record
	Say      io.Writer // is told what is being built
}

// Result is what came of it.
type Result struct {
	Base, Head  string // git describe of both
	Comparisons []Comparison
	Failures    []result.Failure
	Broken      bool // the context ended before the plan did: there are fewer pairs
}

// Run checks both sides out, builds their servers, measures them in turns (A B, B A, A B, ...), and compares. What it checked
// out is gone when it returns, also when ctx ended it.
func Run(ctx context.Context, o Options) (r *Result, err error) {
	tmp, err := os.MkdirTemp("", "weir-compare-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	here, err := Here(ctx, o.BenchDir)
	if err != nil {
		return nil, err
	}
	base, err := Add(ctx, here.Dir, o.Base, tmp)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, base.Remove()) }()
	head := here
	if o.Head != "" {
		if head, err = Add(ctx, here.Dir, o.Head, tmp); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, head.Remove()) }()
	}
	p := &run.Plan{Cells: o.Cells, Rounds: o.Rounds, LongRounds: min(o.Rounds, MinPairs), Times: o.Times, Attempts: o.Attempts, Out: o.Out, Progress: o.Progress}
	p.Head = result.Run{Time: time.Now(), Command: o.Command, Machine: run.Machine(), Weir: head.Describe,
		Note: map[string]string{Base: base.Describe, Head: head.Describe}}
	for _, side := range []struct {
		name string
		Checkout
	}{{Base, base}, {Head, head}} {
		fmt.Fprintf(o.Say, "building %s: %s\n", side.name, side.Describe)
		binary := filepath.Join(tmp, side.name)
		if err := side.Build(ctx, o.BenchDir, tmp, binary); err != nil {
			return nil, err
		}
		s := rival.Weir(ctx, o.BenchDir, binary)
		s.Name, s.Version = side.name, side.Describe
		target := run.Of(s)
		target.Channels = true
		p.Servers = append(p.Servers, target)
	}
	sum, err := p.Run(ctx)
	if err != nil {
		return nil, err
	}
	return judge(sum, o.Cells, base.Describe, head.Describe), nil
}

func judge(sum *run.Summary, cells []cell.Cell, base, head string) *Result {
	r := &Result{Base: base, Head: head, Failures: sum.Failures, Broken: sum.Broken}
	for _, c := range cells {
		for _, m := range Metrics(c) {
			if k, ok := Compare(sum.Samples, c, m, Base, Head); ok {
				r.Comparisons = append(r.Comparisons, k)
			}
		}
	}
	return r
}
