package compare

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
	"github.com/weir-ws/weir/bench/internal/rival"
	"github.com/weir-ws/weir/bench/internal/run"
)

func options(t *testing.T) Options {
	t.Helper()
	dir, err := rival.FindBench("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Here(t.Context(), dir); err != nil {
		t.Skip("these files are in no git checkout: ", err)
	}
	t.Setenv("TMPDIR", t.TempDir()) // to see what stays behind
	return Options{
		BenchDir: dir, Base: "HEAD", Rounds: MinPairs, Attempts: 1, Say: io.Discard,
		Cells: []cell.Cell{{Name: "echo", Kind: cell.Echo, Conns: 10, Size: 128, Depth: 4}},
		Times: run.Times{Warm: 10 * time.Millisecond, Measure: 50 * time.Millisecond, Settle: 10 * time.Millisecond},
	}
}

// clean fails the test if anything is left of a comparison, in the folder for temporary files or in git's list.
func clean(t *testing.T, o Options) {
	t.Helper()
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
	if list := must(t, o.BenchDir, "worktree", "list"); strings.Contains(list, os.Getenv("TMPDIR")) {
		t.Errorf("git still knows of a worktree:\n%s", list)
	}
}

func TestThisCheckoutAgainstItsLastCommit(t *testing.T) {
	o := options(t)
	var out bytes.Buffer
	o.Out = &out
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Failures) != 0 || r.Broken || len(r.Comparisons) != 2 {
		t.Fatalf("%+v", r)
	}
	for _, c := range r.Comparisons {
		if c.Pairs != MinPairs || c.Base <= 0 || c.Head <= 0 || !(c.Low <= c.Ratio && c.Ratio <= c.High) || c.Verdict == "" {
			t.Errorf("%+v", c)
		}
	}
	all, err := result.Read(&out)
	if err != nil {
		t.Fatal(err)
	}
	order := ""
	for _, rec := range all {
		if rec.Sample != nil {
			order += rec.Sample.Server[:1]
		}
	}
	if order != "bhhbbhhbbhhb" {
		t.Errorf("the order was %s", order)
	}
	clean(t, o)
}

func TestAnInterruptedComparisonLeavesNothing(t *testing.T) {
	o := options(t)
	o.Times.Measure = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	o.Say = writerFunc(func(b []byte) {
		if strings.Contains(string(b), "building head") { // base is built and its worktree stands
			cancel()
		}
	})
	if r, err := Run(ctx, o); err == nil && !r.Broken {
		t.Errorf("it went on: %+v", r)
	}
	clean(t, o)
	if _, err := Run(t.Context(), Options{BenchDir: o.BenchDir, Base: "no such thing", Say: io.Discard}); err == nil {
		t.Error("a base that is not was compared")
	}
	clean(t, o)
}

type writerFunc func([]byte)

func (f writerFunc) Write(b []byte) (int, error) { f(b); return len(b), nil }
