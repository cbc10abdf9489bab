package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
	"github.com/weir-ws/weir/bench/internal/rival"
	"github.com/weir-ws/weir/bench/internal/run"
)

// headlineServers are Weir, four rivals of different kinds, and the bare loop as a reference.
var headlineServers = []string{"weir", "bare", "bun", "gws", "gorilla", "node-ws"}

type runOptions struct {
	cells, servers, custom []string
	rounds                 int
	times                  run.Times
	out                    string
	headline, strict, list bool
}

func newRunCommand() *cobra.Command {
	o := runOptions{times: run.DefaultTimes()}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Measure servers side by side and report",
		Long: `Measure servers side by side and report.

Every cell is gone through in rounds; in each round every server is measured
once, on a fresh process. A sample whose neighbours on the machine used more
than 0.2 core is taken again. Ctrl-C stops at once, and reports what there is.

The results are written to a directory: results.jsonl, report.html, report.md
and the charts. The status is 1 if weir failed in a cell, with --strict if any
server did, and 130 after Ctrl-C.`,
		Example: `  bench run --headline
  bench run --cells 'fan/*,burst/*' --servers weir,bare,gws --rounds 5
  bench run --server 'uws=/opt/uws/server -addr {addr}' --cells 'echo/*'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.list {
				listCells(cmd.OutOrStdout())
				return nil
			}
			if short := run.HeadlineTimes(); o.headline {
				if !cmd.Flags().Changed("measure") {
					o.times.Measure = short.Measure
				}
				if !cmd.Flags().Changed("warm") {
					o.times.Warm = short.Warm
				}
			}
			return o.run(cmd)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.cells, "cells", nil, "measure only the cells that match one of these `patterns`, as in 'fan/*,idle/18k'")
	f.StringSliceVar(&o.servers, "servers", nil, "measure only these servers, by `name` (bench servers lists them)")
	f.StringArrayVar(&o.custom, "server", nil, "measure a server of your own, `NAME=COMMAND`; -addr 127.0.0.1:PORT is added, or put where {addr} stands. Repeatable")
	f.IntVar(&o.rounds, "rounds", 3, "how often each server is measured in each cell")
	f.DurationVar(&o.times.Measure, "measure", o.times.Measure, fmt.Sprintf("length of the measured window, with --headline %v", run.HeadlineTimes().Measure))
	f.DurationVar(&o.times.Warm, "warm", o.times.Warm, fmt.Sprintf("load before the window, with --headline %v", run.HeadlineTimes().Warm))
	f.StringVar(&o.out, "out", "", "`directory` for the results (default bench/results/TIME)")
	f.BoolVar(&o.headline, "headline", false, "the short run: the cells that matter most, weir and four rivals, idle and slow once each")
	f.BoolVar(&o.strict, "strict", false, "status 1 if any server failed, not only weir")
	f.BoolVar(&o.list, "list", false, "list the cells and end")
	return cmd
}

// plan works the options out; servers are not yet prepared.
func (o *runOptions) plan() (*run.Plan, error) {
	switch {
	case o.rounds < 1:
		return nil, fmt.Errorf("--rounds %d: at least one is needed", o.rounds)
	case o.times.Measure <= 0 || o.times.Warm < 0:
		return nil, errors.New("--measure must be above 0 and --warm not below")
	case o.headline && len(o.cells) > 0:
		return nil, errors.New("--headline chooses the cells: leave out one of --headline and --cells")
	}
	p := &run.Plan{Rounds: o.rounds, Times: o.times}
	if o.headline {
		p.Cells = cell.Headline()
		p.LongRounds = 1
		if len(o.servers) == 0 {
			o.servers = headlineServers
		}
		return p, nil
	}
	var err error
	p.Cells, err = cell.Select(o.cells)
	return p, err
}

func (o *runOptions) run(cmd *cobra.Command) error {
	ctx := cmd.Context()
	p, err := o.plan()
	if err != nil {
		return err
	}
	say := cmd.ErrOrStderr()
	fmt.Fprintln(say, "preparing the servers")
	servers, missing, err := rival.Prepare(ctx, o.servers, o.custom)
	if err != nil {
		return err
	}
	for _, s := range servers {
		p.Servers = append(p.Servers, run.Of(s))
	}
	for _, m := range missing {
		fmt.Fprintf(say, "missing: %s: %s\n", m.Name, m.Reason)
	}
	p.Missing = missing
	bench, err := rival.FindBench("")
	if err != nil {
		return err
	}
	p.Head = result.Run{Time: time.Now(), Command: os.Args, Machine: run.Machine(), Weir: describe(ctx, bench)}
	p.Progress = run.NewProgress(say, columns(say))
	dir := o.out
	if dir == "" {
		dir = filepath.Join(bench, "results", p.Head.Time.Format(stamp))
	}
	sum, err := measure(ctx, p, dir)
	if err != nil {
		return err
	}
	if err := writeReports(cmd.OutOrStdout(), dir); err != nil {
		return err
	}
	return o.status(sum)
}

// measure runs the plan into a new results file in dir.
func measure(ctx context.Context, p *run.Plan, dir string) (sum *run.Summary, err error) {
	out, err := create(dir, resultsFile)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	p.Out = out
	return p.Run(ctx)
}

func (o *runOptions) status(sum *run.Summary) error {
	switch {
	case sum.Broken:
		return interrupted
	case sum.Failed("weir"), o.strict && len(sum.Failures) > 0:
		return exitStatus(1)
	}
	return nil
}
