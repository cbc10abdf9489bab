package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"runtime/pprof"

	"github.com/spf13/cobra"

	"github.com/weir-ws/weir/bench/internal/result"
	"github.com/weir-ws/weir/bench/internal/scale"
)

func newScaleCommand() *cobra.Command {
	var (
		o             = scale.Options{}
		file, profile string
		gogc          int
	)
	c := &cobra.Command{
		Use:   "scale",
		Short: "A million connections in one process, in memory: heap, publish, heartbeat, GC",
		Long: `scale holds connections on the in-memory transport, so that no kernel takes part, and measures the heap of one, a publish
to all, a burst over 100 channels, a heartbeat round and a mass disconnect, with what the collector does meanwhile.
A million take about 1.5 GB and half a minute. With 100 channels, 100,000 members join all of them (10 million
memberships), and all members join one each.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("gogc") {
				debug.SetGCPercent(gogc)
			}
			o.Progress = func(what string) { fmt.Fprintf(cmd.ErrOrStderr(), "  %s ...\n", what) }
			o.Profile = func() func() { return startProfile(cmd, profile) }
			r, err := scale.Run(cmd.Context(), o)
			if len(r.Measures) > 0 {
				err = errors.Join(err, scale.Write(cmd.OutOrStdout(), r))
				if file != "" {
					err = errors.Join(err, writeResult(context.WithoutCancel(cmd.Context()), file, result.Record{Scale: r}, err == nil))
				}
			}
			if errors.Is(err, context.Canceled) {
				return interrupted
			}
			return err
		},
	}
	f := c.Flags()
	f.IntVar(&o.Conns, "conns", 1_000_000, "connections to hold")
	f.IntVar(&o.Rounds, "rounds", 9, "timed rounds of a publish, of which the median counts")
	f.StringVar(&file, "json", "", "also write the result to this `file`, as JSON lines")
	f.StringVar(&profile, "cpuprofile", "", "write a CPU profile of the publishes of one message to this `file`")
	f.IntVar(&gogc, "gogc", 100, "GOGC of this process, in `percent`")
	return c
}

// startProfile begins a CPU profile; a file that cannot be made costs the profile and not the run.
func startProfile(cmd *cobra.Command, name string) (stop func()) {
	if name == "" {
		return func() {}
	}
	f, err := os.Create(name)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "no profile:", err)
		return func() {}
	}
	return func() {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "the profile may be cut short:", err)
		}
	}
}
