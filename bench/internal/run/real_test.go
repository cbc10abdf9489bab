package run_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
	"github.com/weir-ws/weir/bench/internal/rival"
	"github.com/weir-ws/weir/bench/internal/run"
)

// tiny is a run that is only there to see whether all of it works.
var tiny = run.Times{Warm: 20 * time.Millisecond, Measure: 150 * time.Millisecond, Settle: 20 * time.Millisecond}

// one cell of each kind, small.
var small = []cell.Cell{
	{Name: "echo", Kind: cell.Echo, Conns: 20, Size: 128, Depth: 4},
	{Name: "fan", Kind: cell.Fan, Conns: 50, Size: 128, Depth: 2},
	{Name: "channels", Kind: cell.Fan, Conns: 20, Size: 64, Depth: 1, Burst: 100, Channels: 100, OnlyWeir: true},
	{Name: "open", Kind: cell.Fan, Conns: 50, Size: 128, Rate: 200},
	{Name: "slow", Kind: cell.Slow, Conns: 50, Size: 4096, Depth: 4, Stalled: 5, Owed: 4 << 20},
	{Name: "idle", Kind: cell.Idle, Conns: 200},
	{Name: "storm", Kind: cell.Storm, Conns: 20},
}

// real prepares servers for the tests; one that is missing fails the test.
func real(t *testing.T, names, custom []string) []run.Server {
	t.Helper()
	servers, missing, err := rival.Prepare(t.Context(), names, custom)
	if err != nil || len(missing) > 0 {
		t.Fatalf("%v, missing %v", err, missing)
	}
	var all []run.Server
	for _, s := range servers {
		all = append(all, run.Of(s))
	}
	return all
}

func records(t *testing.T, out *bytes.Buffer) (samples []result.Sample, failures []result.Failure, ended bool) {
	t.Helper()
	all, err := result.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		switch {
		case r.Sample != nil:
			samples = append(samples, *r.Sample)
		case r.Failure != nil:
			failures = append(failures, *r.Failure)
		case r.End != nil:
			ended = true
		}
	}
	return samples, failures, ended
}

func TestEveryKindOnRealServers(t *testing.T) {
	var out bytes.Buffer
	p := &run.Plan{Servers: real(t, []string{"weir", "bare", "gws"}, nil), Cells: small, Rounds: 1, Times: tiny, Attempts: 1, Out: &out}
	if _, err := p.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	samples, failures, ended := records(t, &out)
	for _, f := range failures {
		t.Errorf("%s in %s: %s", f.Server, f.Cell, f.Error)
	}
	if !ended {
		t.Error("the run has no end")
	}
	seen := map[string]int{}
	for i := range samples {
		s := &samples[i]
		if !s.Noisy {
			seen[s.Cell]++
		}
		has := func(what string, ok bool) {
			if !ok {
				t.Errorf("%s in %s: no %s: %+v", s.Server, s.Cell, what, s)
			}
		}
		has("window", s.Seconds > 0)
		has("CPU of the load generator", s.LoadCPU > 0)
		if s.Cell != "idle" {
			has("CPU", s.UserCPU+s.SystemCPU > 0)
		}
		switch s.Cell {
		case "idle":
			has("memory", s.RSSEmpty > 0 && s.RSSHeld > 0 && s.RSSPeak >= s.RSSHeld && s.Connections == 200)
		case "storm":
			has("handshakes", s.Handshakes > 0 && s.HandshakesPerCPUSecond() > 0)
		case "slow":
			has("stalled readers", s.Stalled != nil && s.Stalled.Readers == 5)
			has("memory", s.RSSHeld > 0 && s.RSSPeak >= s.RSSHeld)
			has("timeline", len(s.Timeline) > 0 && s.Timeline[0].RSS > 0)
			fallthrough
		default:
			has("messages", s.Messages > 0)
			has("latency", s.Latency != nil && s.Latency.P50 > 0 && s.Latency.Max >= s.Latency.P99)
		}
	}
	for _, c := range small {
		want := 3
		if c.OnlyWeir {
			want = 2
		}
		if seen[c.Name] != want {
			t.Errorf("%s has %d samples that stand, want %d", c.Name, seen[c.Name], want)
		}
	}
}

func TestAServerThatCrashesIsAFailure(t *testing.T) {
	weir := real(t, []string{"weir"}, nil)[0].Info.Command[0]
	script := filepath.Join(t.TempDir(), "crash")
	// It says why on its standard error, as a crash does, and ends while the load is on.
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"+weir+` "$@" & p=$!; sleep 0.3; kill -9 $p; echo "out of luck" >&2; exit 7`+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	times := tiny
	times.Measure = time.Minute // it has to end the sample, not the clock
	p := &run.Plan{Servers: real(t, []string{"crash"}, []string{"crash=" + script}), Cells: small[:2], Rounds: 2, Times: times, Out: &out}
	sum, err := p.Run(t.Context())
	if err != nil || !sum.Failed("crash") {
		t.Fatalf("%+v, %v", sum, err)
	}
	samples, failures, ended := records(t, &out)
	if len(samples) != 0 || len(failures) != 2 || !ended {
		t.Fatalf("%d samples, failures %v, ended %v", len(samples), failures, ended)
	}
	for _, f := range failures {
		if f.Server != "crash" || !strings.Contains(f.Error, "exit status 7") || !strings.Contains(f.Error, "out of luck") {
			t.Errorf("%+v", f)
		}
	}
}

func TestAnInterruptEndsTheServerToo(t *testing.T) {
	servers := real(t, []string{"weir"}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	var alive func() []int
	start := servers[0].Start
	servers[0].Start = func(c context.Context) (*run.Process, error) {
		p, err := start(c)
		if err == nil {
			alive = p.PIDs
			time.AfterFunc(100*time.Millisecond, cancel)
		}
		return p, err
	}
	var out bytes.Buffer
	times := tiny
	times.Measure = time.Minute
	p := &run.Plan{Servers: servers, Cells: small, Rounds: 2, Times: times, Out: &out}
	sum, err := p.Run(ctx)
	if err != nil || !sum.Broken {
		t.Fatalf("%+v, %v", sum, err)
	}
	if left := alive(); len(left) != 0 {
		t.Errorf("processes %v outlive the run", left)
	}
	samples, failures, ended := records(t, &out)
	if len(samples) != 0 || len(failures) != 0 || ended {
		t.Errorf("%d samples, failures %v, ended %v", len(samples), failures, ended)
	}
}
