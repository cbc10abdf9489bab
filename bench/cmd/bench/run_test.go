package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/report"
	"github.com/weir-ws/weir/bench/internal/result"
	"github.com/weir-ws/weir/bench/internal/run"
)

// bench runs the command with arguments and returns what it printed.
func bench(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&out)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestListNamesEveryCell(t *testing.T) {
	out, err := bench(t, "run", "--list")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for i, c := range cell.All() {
		if f := strings.Fields(lines[i]); f[0] != c.Name || !strings.Contains(lines[i], c.Title) {
			t.Errorf("line %d is %q, want %s", i, lines[i], c.Name)
		}
	}
}

func TestWrongOptionsAreSaidBeforeAnythingStarts(t *testing.T) {
	for args, want := range map[string]string{
		"run --rounds 0":                    "--rounds 0",
		"run --measure 0s":                  "--measure must be above 0",
		"run --warm -1s":                    "--warm",
		"run --headline --cells fan/1k/w1":  "leave out one",
		"run --cells nosuch":                `no cell matches "nosuch": bench run --list`,
		"run --servers nosuch":              `no server "nosuch"`,
		"run --server mine":                 "want NAME=COMMAND",
		"run extra":                         "unknown command",
		"servers nosuch":                    `no server "nosuch"`,
		"compare":                           "accepts 1 arg",
		"compare HEAD --rounds 0":           "--rounds must be at least 1",
		"compare HEAD --cells nosuch":       `no cell matches "nosuch"`,
		"compare nosuch --cells echo/*":     `"nosuch" is no commit here`,
		"compare HEAD --head=-x --cells s*": `"-x" is no commit here`,
	} {
		f := strings.Fields(args)
		if f[0] == "compare" && strings.Contains(want, "commit") {
			f = append(f, "--out", t.TempDir())
		}
		if _, err := bench(t, f...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("bench %s: %v, want %q", args, err, want)
		}
	}
}

func TestHeadlinePlan(t *testing.T) {
	o := runOptions{rounds: 3, times: run.DefaultTimes(), headline: true}
	p, err := o.plan()
	if err != nil || p.LongRounds != 1 || p.Rounds != 3 || len(p.Cells) != len(cell.Headline()) || !slices.Equal(o.servers, headlineServers) {
		t.Errorf("%+v, servers %v, %v", p, o.servers, err)
	}
	o.servers = []string{"weir", "uws"}
	if _, err := o.plan(); err != nil || len(o.servers) != 2 {
		t.Errorf("the servers asked for became %v, %v", o.servers, err)
	}
}

func TestStatus(t *testing.T) {
	failed := func(server string) []result.Failure { return []result.Failure{{Server: server}} }
	for _, c := range []struct {
		sum    run.Summary
		strict bool
		want   error
	}{
		{run.Summary{}, true, nil},
		{run.Summary{Failures: failed("gws")}, false, nil},
		{run.Summary{Failures: failed("gws")}, true, exitStatus(1)},
		{run.Summary{Failures: failed("weir")}, false, exitStatus(1)},
		{run.Summary{Failures: failed("weir"), Broken: true}, false, interrupted},
	} {
		o := runOptions{strict: c.strict}
		if got := o.status(&c.sum); !errors.Is(got, c.want) {
			t.Errorf("%+v, strict %v: %v, want %v", c.sum, c.strict, got, c.want)
		}
	}
}

func TestARunFromEndToEnd(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	args := []string{"run", "--servers", "weir,bare", "--cells", "echo/200/128b/d16", "--rounds", "1", "--measure", "100ms", "--warm", "10ms", "--out", dir}
	out, err := bench(t, args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, file := range []string{resultsFile, "report.html", "report.md"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
	if charts, err := filepath.Glob(filepath.Join(dir, "charts", "*.svg")); err != nil || len(charts) == 0 {
		t.Errorf("charts are %v, %v", charts, err)
	}
	if !strings.Contains(out, "Echo, 200 connections, 128 bytes, 16 in flight") {
		t.Errorf("the headline is not shown:\n%s", out)
	}
	set, err := report.Load(filepath.Join(dir, resultsFile))
	if err != nil || len(set.Of("echo/200/128b/d16", "weir")) != 1 || len(set.Ends) != 1 {
		t.Errorf("%+v, %v", set, err)
	}
	if _, err := bench(t, args...); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a second run into the same directory: %v", err)
	}
}

func TestPrintTableAligns(t *testing.T) {
	var out bytes.Buffer
	printTable(&out, report.Table{Head: []string{"Cell", "weir"}, Rows: [][]report.Field{{{Text: "Ech²"}, {Text: "1.5 µs"}}, {{Text: "F"}, {Text: "9×", Word: "wins"}}}})
	if got, want := out.String(), "Cell     weir\nEch²   1.5 µs\nF     9× wins\n\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestStampSorts(t *testing.T) {
	early, late := time.Date(2026, 9, 9, 9, 9, 9, 0, time.UTC), time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	if early.Format(stamp) >= late.Format(stamp) {
		t.Errorf("%s comes after %s", early.Format(stamp), late.Format(stamp))
	}
}
