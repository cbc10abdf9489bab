package load

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/faulty"
)

// million is what the check of the check sends: one of them is wrong.
const million = 1_000_000

func server(t *testing.T, f faulty.Fault) *faulty.Server {
	t.Helper()
	s, err := faulty.Start(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// fanOfAMillion delivers a million messages to 100 subscribers in bursts of 100.
func fanOfAMillion(t *testing.T, f faulty.Fault, patience time.Duration) (Report, error) {
	s := server(t, f)
	return Fan(context.Background(), FanPlan{Addr: s.Addr(), Subscribers: 100, Size: 64, Depth: 4, Burst: 100,
		Owed: million / 100 * 64, Patience: patience}, Window{})
}

func echoOfAMillion(t *testing.T, f faulty.Fault, patience time.Duration) (Report, error) {
	s := server(t, f)
	return Echo(context.Background(), EchoPlan{Addr: s.Addr(), Conns: 50, Size: 64, Depth: 128, Measure: time.Hour, messages: million, Patience: patience}, Window{})
}

func TestAFaultlessServerPasses(t *testing.T) {
	r, err := fanOfAMillion(t, faulty.Fault{}, 0)
	if err != nil || r.Messages != million || r.Latency.TotalCount() != million {
		t.Errorf("fan: %d messages, %d latencies, %v", r.Messages, r.Latency.TotalCount(), err)
	}
	r, err = echoOfAMillion(t, faulty.Fault{}, 0)
	if err != nil || r.Messages < million || r.Latency.TotalCount() != r.Messages {
		t.Errorf("echo: %d messages, %d latencies, %v", r.Messages, r.Latency.TotalCount(), err)
	}
}

// Each of these happens once; the ones that a server is likely to do, in a run of a million messages.
func TestOneInAMillion(t *testing.T) {
	const late, early = million - 12_345, 54_321 // little comes after the late ones, which makes them the harder
	for _, c := range []struct {
		what faulty.What
		at   int64
		want Kind
	}{
		{faulty.Drop, late, Lost},
		{faulty.Duplicate, late, Repeated},
		{faulty.Swap, late, Reordered},
		{faulty.FlipBit, late, Altered},
		{faulty.FlipOp, late, Opcode},
		{faulty.Stray, late, Foreign},
		{faulty.FlipTime, early, Altered},
		{faulty.Truncate, early, Altered},
		{faulty.Reserved, early, Protocol},
		{faulty.Cut, early, Closed},
		{faulty.Close, early, Closed},
		{faulty.Freeze, early, Stalled},
	} {
		patience := time.Duration(0)
		if c.what == faulty.Freeze {
			patience = time.Second
		}
		f := faulty.Fault{What: c.what, At: c.at}
		if c.what != faulty.Stray {
			r, err := fanOfAMillion(t, f, patience)
			check(t, "fan", c.what, r, err, c.want)
		}
		r, err := echoOfAMillion(t, f, patience)
		check(t, "echo", c.what, r, err, c.want)
	}
}

func check(t *testing.T, cell string, what faulty.What, r Report, err error, want Kind) {
	t.Helper()
	v, ok := errors.AsType[*Violation](err)
	if !ok {
		t.Errorf("%s, %s: after %d messages the error is %v", cell, what, r.Messages, err)
		return
	}
	t.Logf("%s, %s: %v", cell, what, v)
	if v.Kind != want {
		t.Errorf("%s, %s: judged %s and not %s: %v", cell, what, v.Kind, want, v)
	}
	if want == Stalled && v.Conns == 0 {
		t.Errorf("%s, %s: a stall that says nothing of what is missing: %v", cell, what, v)
	}
}
