package million

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asClient makes this test binary a client process.
const asClient = "WEIR_MILLION_CLIENT"

func TestMain(m *testing.M) {
	if os.Getenv(asClient) != "" {
		if err := Client(context.Background(), os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	status := m.Run()
	if weir, err := build(); err == nil {
		_ = os.RemoveAll(filepath.Dir(weir))
	}
	os.Exit(status)
}

// build makes the server, once.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "million")
	if err != nil {
		return "", err
	}
	weir := filepath.Join(dir, "weir")
	if out, err := exec.Command("go", "build", "-o", weir, "../../servers/weir").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build servers/weir: %w\n%s", err, out)
	}
	return weir, nil
})

// small is a run of 300 connections on 2 servers from 2 clients, with a heartbeat every second.
func small(t *testing.T) Options {
	t.Helper()
	weir, err := build()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(asClient, "1") // the children inherit it
	p := Plan{Conns: 300, Servers: 2, Clients: 2, PerServer: 150, PerClient: 150, PerSource: 60}
	return Options{Plan: p, Server: []string{weir}, Client: []string{os.Args[0]}, PingAfter: time.Second, Settle: 100 * time.Millisecond}
}

func TestRun(t *testing.T) {
	o := small(t)
	phases := map[string]bool{}
	o.Progress = func(p Progress) { phases[p.Phase] = true }
	m, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if m.Broken != "" || m.Loops < 1 {
		t.Errorf("%+v", m)
	}
	// The hash has two servers to choose from: none gets everything of 300.
	if c := m.Connect; c.Seconds <= 0 || c.UserCPU+c.SystemCPU <= 0 || c.Fewest < 1 || c.Fewest+c.Most != 300 {
		t.Errorf("connect: %+v", c)
	}
	if i := m.Idle; i.Pings < 300 || i.Pinged != 300 || i.Seconds < 2.25 || i.UserCPU+i.SystemCPU <= 0 || m.IdleCores() <= 0 {
		t.Errorf("idle: %+v", i)
	}
	if h := m.Memory; h.PSSEmpty < 1<<20 || h.PSSHeld < 1<<20 || h.ClientsPSS < 1<<20 || h.Empty.Slab <= 0 || h.Held.Slab <= 0 {
		t.Errorf("memory: %+v", h)
	}
	b := m.Broadcast
	if b.Deliveries != 300 || b.Size != 128 || b.Latency.P50 <= 0 || b.Latency.P99 < b.Latency.P50 || b.Latency.Max < b.Latency.P99 || float64(b.Latency.Max) > b.Seconds*1e9 {
		t.Errorf("broadcast: %+v, latency %+v", b, b.Latency)
	}
	if c := m.Cleanup; c.Seconds <= 0 || c.PSSLeft < 1<<20 || c.After != 0.1 {
		t.Errorf("clean-up: %+v", c)
	}
	if len(phases) != 5 {
		t.Errorf("progress of %v", phases)
	}
	for _, s := range []string{"300 connections", "2 server processes", "connect", "p99", "kernel memory left"} {
		if !strings.Contains(Markdown(m), s) {
			t.Errorf("%q is not in\n%s", s, Markdown(m))
		}
	}
	noChildren(t)
}

// noChildren fails if a process that this one started is left.
func noChildren(t *testing.T) {
	t.Helper()
	var status syscall.WaitStatus
	if pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil); !errors.Is(err, syscall.ECHILD) {
		t.Errorf("a child is left: %d, %v", pid, err)
	}
}

func TestInterruptLeavesWhatWasMeasured(t *testing.T) {
	o := small(t)
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(p Progress) {
		if p.Phase == "idle" && p.Unit == "pings answered" {
			cancel()
		}
	}
	m, err := Run(ctx, o)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if m.Connect == nil || m.Idle != nil || !strings.HasPrefix(m.Broken, "idle: ") {
		t.Errorf("%+v", m)
	}
	if s := Markdown(m); !strings.Contains(s, "broken off in idle") || !strings.Contains(s, "server CPU per handshake") {
		t.Error(s)
	}
	noChildren(t)
}

// A process that dies in any phase fails the run, by its name.
func TestDeathFailsTheRun(t *testing.T) {
	for _, who := range []string{"server 0", "client 1"} {
		t.Run(who, func(t *testing.T) {
			o := small(t)
			killed := false
			o.Progress = func(p Progress) {
				if p.Phase == "idle" && p.Unit == "pings answered" && !killed {
					killed = true
					kill(t, who, o)
				}
			}
			m, err := Run(t.Context(), o)
			if err == nil || m.Broadcast != nil {
				t.Fatalf("error %v, %+v", err, m)
			}
			// Clients notice a dead server as well, and may be first.
			if !strings.Contains(err.Error(), who) && !strings.Contains(err.Error(), "client") {
				t.Errorf("error %v", err)
			}
			noChildren(t)
		})
	}
}

// kill ends one of this process's children: servers are started before clients, and pids go up (if they wrapped in
// between, another dies, which is as good).
func kill(t *testing.T, who string, o Options) {
	t.Helper()
	command := o.Server[0]
	if strings.HasPrefix(who, "client") {
		command = o.Client[0]
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid()))
	if err != nil {
		t.Skip("this kernel does not list children")
	}
	all, _ := filepath.Glob("/proc/self/task/*/children")
	for _, name := range all {
		b, _ := os.ReadFile(name)
		children = append(append(children, ' '), b...)
	}
	for pid := range strings.FieldsSeq(string(children)) {
		exe, _ := os.Readlink("/proc/" + pid + "/exe")
		if want, _ := filepath.EvalSymlinks(command); exe == want {
			var n int
			if _, err := fmt.Sscan(pid, &n); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(n, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Errorf("no process of %s was found", command)
}

func TestGuard(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	calls := 0
	guard(ctx, 1000, func() (int64, error) { calls++; return 1500 - 400*int64(calls), nil }, cancel)
	if err := context.Cause(ctx); !errors.Is(err, ErrMemory) || calls != 2 {
		t.Errorf("%v after %d looks", err, calls)
	}
	ctx, cancel = context.WithCancelCause(t.Context())
	boom := errors.New("boom")
	guard(ctx, 1000, func() (int64, error) { return 0, boom }, cancel)
	if err := context.Cause(ctx); !errors.Is(err, boom) {
		t.Error(err)
	}
}

func TestRunNeedsFloor(t *testing.T) {
	o := small(t)
	o.Floor = 1 << 60
	m, err := Run(t.Context(), o)
	if !errors.Is(err, ErrMemory) || m.Connect != nil {
		t.Errorf("error %v, %+v", err, m)
	}
	noChildren(t)
}
