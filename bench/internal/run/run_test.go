package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

// records reads what a run wrote; a line that is not a record fails the test.
func records(t *testing.T, out *bytes.Buffer) []result.Record {
	t.Helper()
	all, err := result.Read(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func brief(r result.Record) string {
	switch {
	case r.Run != nil:
		return fmt.Sprintf("run %d rounds %d servers %v", r.Run.Rounds, len(r.Run.Servers), r.Run.Cells)
	case r.Missing != nil:
		return "missing " + r.Missing.Name
	case r.Failure != nil:
		return fmt.Sprintf("failure %s %s %d: %s", r.Failure.Cell, r.Failure.Server, r.Failure.Round, r.Failure.Error)
	case r.Sample != nil:
		noisy := ""
		if r.Sample.Noisy {
			noisy = " noisy"
		}
		return fmt.Sprintf("%s %s %d.%d%s", r.Sample.Cell, r.Sample.Server, r.Sample.Round, r.Sample.Attempt, noisy)
	case r.End != nil:
		return fmt.Sprintf("end %.2f", r.End.Load)
	}
	return "nothing"
}

func check(t *testing.T, got []result.Record, want ...string) {
	t.Helper()
	var lines []string
	for _, r := range got {
		lines = append(lines, brief(r))
	}
	if a, b := strings.Join(lines, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("records are\n%s\nwant\n%s", a, b)
	}
}

var cells = []cell.Cell{{Name: "one", Kind: cell.Echo}, {Name: "two", Kind: cell.Fan}}

func quietly(context.Context, cell.Cell, Server) (result.Sample, error) {
	return result.Sample{Seconds: 1, Messages: 1}, nil
}

func TestRunWritesEverythingInOrder(t *testing.T) {
	var out bytes.Buffer
	p := &Plan{Servers: servers("weir", "gws"), Missing: []result.Missing{{Name: "bun", Reason: "no npm"}}, Cells: cells, Rounds: 2, Out: &out, probe: quietly}
	sum, err := p.Run(t.Context())
	if err != nil || sum.Broken || len(sum.Samples) != 8 || len(sum.Failures) != 0 || sum.Noisy != 0 {
		t.Errorf("%+v, %v", sum, err)
	}
	check(t, records(t, &out), "run 2 rounds 2 servers [one two]", "missing bun",
		"one weir 1.1", "one gws 1.1", "one gws 2.1", "one weir 2.1", "two weir 1.1", "two gws 1.1", "two gws 2.1", "two weir 2.1", "end 0.00")
}

func TestNoisySamplesAreTakenAgain(t *testing.T) {
	var out bytes.Buffer
	busy := []float64{0.3, 0.1, 0.5, 0.4, 0.24, 0.2} // one retry; then three attempts, the last stands; then just quiet
	probe := func(context.Context, cell.Cell, Server) (result.Sample, error) {
		s := result.Sample{Seconds: 1, Neighbours: busy[0]}
		busy = busy[1:]
		return s, nil
	}
	p := &Plan{Servers: servers("weir", "gws", "bare"), Cells: cells[:1], Rounds: 1, Out: &out, probe: probe}
	sum, err := p.Run(t.Context())
	if err != nil || sum.Noisy != 1 || len(busy) != 0 {
		t.Errorf("%+v, %v, %d attempts left", sum, err, len(busy))
	}
	check(t, records(t, &out), "run 1 rounds 3 servers [one]",
		"one weir 1.1 noisy", "one weir 1.2", "one gws 1.1 noisy", "one gws 1.2 noisy", "one gws 1.3", "one bare 1.1", "end 0.29")
}

func TestLastingNoiseIsNotFoughtForever(t *testing.T) {
	taken := 0
	probe := func(context.Context, cell.Cell, Server) (result.Sample, error) {
		taken++
		s := result.Sample{Seconds: 1, Neighbours: 1}
		if taken == 18 {
			s.Neighbours = 0
		}
		return s, nil
	}
	p := &Plan{Servers: servers("weir"), Cells: cells[:1], Rounds: 10, probe: probe}
	// Five of three attempts; two of one, and the eighth, quiet; then attempts are worth it again.
	if _, err := p.Run(t.Context()); err != nil || taken != 5*3+2+1+2*3 {
		t.Errorf("%d attempts, %v", taken, err)
	}
}

func TestAFailedServerSitsOutTheCell(t *testing.T) {
	var out, seen bytes.Buffer
	probe := func(_ context.Context, c cell.Cell, s Server) (result.Sample, error) {
		if c.Name == "one" && s.Info.Name == "gws" {
			return result.Sample{}, errors.New("lost: message 7")
		}
		return result.Sample{Seconds: 1}, nil
	}
	p := &Plan{Servers: servers("weir", "gws"), Cells: cells, Rounds: 2, Out: &out, Progress: NewProgress(&seen, 0), probe: probe}
	sum, err := p.Run(t.Context())
	if err != nil || !sum.Failed("gws") || sum.Failed("weir") {
		t.Errorf("%+v, %v", sum, err)
	}
	check(t, records(t, &out), "run 2 rounds 2 servers [one two]", "one weir 1.1", "failure one gws 1: lost: message 7", "one weir 2.1",
		"two weir 1.1", "two gws 1.1", "two gws 2.1", "two weir 2.1", "end 0.00")
	if !strings.Contains(seen.String(), "FAILED: lost: message 7") {
		t.Errorf("the failure was not shown:\n%s", seen.String())
	}
}

func TestAnInterruptLeavesWhatThereIs(t *testing.T) {
	var out bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	probe := func(ctx context.Context, _ cell.Cell, _ Server) (result.Sample, error) {
		if n++; n == 3 {
			cancel()
			return result.Sample{}, ctx.Err()
		}
		return result.Sample{Seconds: 1}, nil
	}
	p := &Plan{Servers: servers("weir", "gws"), Cells: cells, Rounds: 2, Out: &out, probe: probe}
	sum, err := p.Run(ctx)
	if err != nil || !sum.Broken || len(sum.Failures) != 0 || n != 3 {
		t.Errorf("%+v, %v, %d samples", sum, err, n)
	}
	check(t, records(t, &out), "run 2 rounds 2 servers [one two]", "one weir 1.1", "one gws 1.1")
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.room -= len(b); d.room < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

func TestAFullDiskEndsTheRun(t *testing.T) {
	for room := 0; room < 3000; room += 100 {
		p := &Plan{Servers: servers("weir", "gws"), Cells: cells, Rounds: 20, Out: &fullDisk{room}, probe: quietly}
		if _, err := p.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Fatalf("with room for %d bytes: %v", room, err)
		}
	}
}

func TestAnEmptyPlanIsRefused(t *testing.T) {
	for _, p := range []*Plan{{Cells: cells, Rounds: 1}, {Servers: servers("weir"), Rounds: 1}, {Servers: servers("weir"), Cells: cells}} {
		if _, err := p.Run(t.Context()); err == nil {
			t.Errorf("%+v was run", p)
		}
	}
}
