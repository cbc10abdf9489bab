package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-ws/weir/bench/internal/million"
	"github.com/weir-ws/weir/bench/internal/result"
	"github.com/weir-ws/weir/bench/internal/rival"
	"github.com/weir-ws/weir/bench/internal/run"
)

type millionOptions struct {
	million.Options
	conns    int
	fit      bool
	dry      bool
	file, md string
}

func newMillionCommand() *cobra.Command {
	var o millionOptions
	c := &cobra.Command{
		Use:   "million",
		Short: "A million connections on this machine: hold, heartbeat, one broadcast, clean up",
		Long: `million holds connections over loopback on as many weir processes as the limit of descriptors asks for, all on one
SO_REUSEPORT port, and as many client processes. It reads time and CPU to connect, CPU while nothing but the heartbeat
happens, memory per connection in the servers and in the kernel, latencies of one broadcast, and the clean-up.

What the machine lacks is said before anything starts. A run that leaves less than an eighth of the memory (at most
3 GiB) available ends. Ctrl-C ends it too: all processes go, and what was measured is printed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := c.Flags()
	f.IntVar(&o.conns, "conns", 1_000_000, "connections to hold")
	f.BoolVar(&o.fit, "fit", false, "hold as many of them as fit this machine")
	f.BoolVar(&o.dry, "dry-run", false, "say what it takes and what is missing, and end")
	f.DurationVar(&o.PingAfter, "ping-after", 0, "the servers' heartbeat (default the engine's, 30 s; longer where over 4,000 pings a second would fall to a core)")
	f.IntVar(&o.Size, "size", 128, "`bytes` of the broadcast")
	f.IntVar(&o.Loops, "loops", 0, "event loops of a server (default the cores divided by the servers, at least one)")
	f.IntVar(&o.AtOnce, "at-once", 0, "clients that connect at the same time (default one a core)")
	f.StringVar(&o.file, "json", "", "also write the result to this `file`, as JSON lines")
	f.StringVar(&o.md, "markdown", "", "also write the table to this `file`")
	return c
}

// newMillionClientCommand is what million starts itself as.
func newMillionClientCommand() *cobra.Command {
	return &cobra.Command{Use: "million-client", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return million.Client(cmd.Context(), os.Stdin, os.Stdout)
		}}
}

func (o *millionOptions) run(cmd *cobra.Command) error {
	ctx, say := cmd.Context(), cmd.ErrOrStderr()
	if o.conns < 1 || o.Size < million.MinSize {
		return fmt.Errorf("--conns must be at least 1 and --size at least %d", million.MinSize)
	}
	limits, err := million.ReadLimits()
	if err != nil {
		return err
	}
	if err := o.choose(say, limits); err != nil || o.dry {
		return err
	}
	servers, missing, err := rival.Prepare(ctx, []string{"weir"}, nil)
	if err != nil {
		return err
	}
	if len(servers) != 1 {
		return fmt.Errorf("the weir server cannot be built: %s", missing[0].Reason)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	o.Server, o.Client, o.Floor = servers[0].Command, []string{self, "million-client"}, limits.Floor()
	p := &millionProgress{w: say, columns: columns(say)}
	o.Progress = p.show
	m, err := million.Run(ctx, o.Options)
	p.end()
	text := million.Markdown(m)
	_, werr := io.WriteString(cmd.OutOrStdout(), text)
	if o.md != "" {
		werr = errors.Join(werr, os.WriteFile(o.md, []byte(text), 0o644))
	}
	if o.file != "" {
		werr = errors.Join(werr, writeResult(context.WithoutCancel(ctx), o.file, result.Record{Million: m}, err == nil))
	}
	if err != nil && ctx.Err() != nil && werr == nil {
		return interrupted
	}
	return errors.Join(err, werr)
}

// choose settles how many connections and processes it will be.
func (o *millionOptions) choose(say io.Writer, limits million.Limits) error {
	if o.fit {
		n := million.Largest(o.conns, limits)
		if n == 0 {
			return million.Missing(o.conns, limits)
		}
		o.conns = n
	}
	o.Plan, _ = million.Fit(o.conns, limits)
	if err := million.Missing(o.conns, limits); err != nil {
		return err
	}
	_, err := fmt.Fprintln(say, o.Plan.Describe(limits))
	return err
}

// millionProgress is one line that is drawn again and again on a terminal, and a line now and then elsewhere.
type millionProgress struct {
	w       io.Writer
	columns int
	phase   string
	last    time.Time
}

func (p *millionProgress) show(now million.Progress) {
	if p.columns > 0 {
		line := now.String()
		fmt.Fprintf(p.w, "\r\x1b[K%s", line[:min(len(line), p.columns-1)])
		return
	}
	if now.Phase != p.phase || time.Since(p.last) > 5*time.Second {
		p.phase, p.last = now.Phase, time.Now()
		fmt.Fprintln(p.w, now)
	}
}

func (p *millionProgress) end() {
	if p.columns > 0 {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// writeResult makes a file of one run with one record; without done it is that of a run that was broken off.
func writeResult(ctx context.Context, name string, r result.Record, done bool) error {
	bench, err := rival.FindBench("")
	if err != nil {
		return err
	}
	records := []result.Record{{Run: &result.Run{Time: time.Now(), Command: os.Args, Machine: run.Machine(), Weir: describe(ctx, bench)}}, r}
	if done {
		records = append(records, result.Record{End: &result.End{}})
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	w := result.NewWriter(f)
	for _, r := range records {
		err = errors.Join(err, w.Write(r))
	}
	return errors.Join(err, f.Close())
}
