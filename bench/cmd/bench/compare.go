package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/compare"
	"github.com/weir-ws/weir/bench/internal/rival"
	"github.com/weir-ws/weir/bench/internal/run"
)

type compareOptions struct {
	cells []string
	out   string
	compare.Options
}

func newCompareCommand() *cobra.Command {
	o := compareOptions{Options: compare.Options{Times: run.DefaultTimes()}}
	cmd := &cobra.Command{
		Use:   "compare BASE",
		Short: "Compare two checkouts of Weir in pairs",
		Long: `Compare two checkouts of Weir in pairs.

Both are built (BASE in a git worktree that goes away again) and measured in
turns: A B, B A, A B and so on, each on a fresh process. For every figure the
ratio is printed with the interval in which the true one lies with at least 95 %
confidence (Wilcoxon's signed ranks), and a verdict. Among twenty figures one
is expected to show a difference where there is none: look for those that
repeat.

A BASE without a bench is measured with today's server on its library.`,
		Example: `  bench compare HEAD~1
  bench compare v0.1 --head main --cells 'fan/*' --rounds 20`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Base = args[0]
			return o.run(cmd)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Head, "head", "", "`revision` to set against BASE (default the working tree as it is)")
	f.StringSliceVar(&o.cells, "cells", nil, "the cells that match one of these `patterns` (default those of the short run, and storm)")
	f.IntVar(&o.Rounds, "rounds", 10, fmt.Sprintf("pairs in each cell; at least %d for a verdict. idle and slow take no more than that", compare.MinPairs))
	f.DurationVar(&o.Times.Measure, "measure", o.Times.Measure, "length of the measured window")
	f.DurationVar(&o.Times.Warm, "warm", o.Times.Warm, "load before the window")
	f.StringVar(&o.out, "out", "", "`directory` for the results (default bench/results/compare-TIME)")
	return cmd
}

func (o *compareOptions) run(cmd *cobra.Command) (err error) {
	if o.Rounds < 1 || o.Times.Measure <= 0 || o.Times.Warm < 0 {
		return errors.New("--rounds must be at least 1, --measure above 0 and --warm not below")
	}
	if o.Cells, err = cell.Select(o.cells); err != nil {
		return err
	}
	if len(o.cells) == 0 {
		storm, err := cell.Select([]string{"storm"})
		if err != nil {
			return err
		}
		o.Cells = append(cell.Headline(), storm...)
	}
	if o.BenchDir, err = rival.FindBench(""); err != nil {
		return err
	}
	if o.out == "" {
		o.out = filepath.Join(o.BenchDir, "results", "compare-"+time.Now().Format(stamp))
	}
	results, err := create(o.out, resultsFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, results.Close()) }()
	o.Say, o.Out, o.Command = cmd.ErrOrStderr(), results, os.Args
	o.Progress = run.NewProgress(o.Say, columns(o.Say))
	r, err := compare.Run(cmd.Context(), o.Options)
	if err != nil {
		if info, statErr := results.Stat(); statErr == nil && info.Size() == 0 {
			_ = os.Remove(results.Name()) // nothing was measured: the next try may have the name
		}
		return err
	}
	printComparison(cmd.OutOrStdout(), r)
	if err := writeComparison(o.out, r); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), "results:", o.out)
	switch {
	case r.Broken:
		return interrupted
	case len(r.Failures) > 0:
		return exitStatus(1)
	}
	return nil
}

func printComparison(out io.Writer, r *compare.Result) {
	fmt.Fprintf(out, "\nbase: %s\nhead: %s\n\n", r.Base, r.Head)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "Cell\tFigure\tbase\thead\thead is")
	for _, c := range r.Comparisons {
		fmt.Fprintf(w, "%s\t%s, %s\t%.4g\t%.4g\t%s\n", c.Cell, c.Metric, c.Unit, c.Base, c.Head, c.Verdict)
	}
	_ = w.Flush()
	fmt.Fprintln(out)
	for _, f := range r.Failures {
		fmt.Fprintf(out, "FAILED: %s in %s, round %d: %s\n", f.Server, f.Cell, f.Round, f.Error)
	}
	if r.Broken {
		fmt.Fprintln(out, "Broken off: there are fewer pairs than were asked for.")
	}
}

// writeComparison writes a JSON line for each figure of each cell.
func writeComparison(dir string, r *compare.Result) (err error) {
	f, err := create(dir, "comparison.jsonl")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	enc := json.NewEncoder(f)
	for _, c := range r.Comparisons {
		if err := enc.Encode(c); err != nil {
			return err
		}
	}
	return nil
}
