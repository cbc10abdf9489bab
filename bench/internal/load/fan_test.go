package load

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/faulty"
)

// ends counts the calls of a window.
type ends struct{ begun, ended int }

func (e *ends) window() Window {
	return Window{Begin: func() { e.begun++ }, End: func() { e.ended++ }}
}

func (e *ends) check(t *testing.T) {
	t.Helper()
	if e.begun != 1 || e.ended != 1 {
		t.Errorf("the window began %d times and ended %d times", e.begun, e.ended)
	}
}

func TestEverythingThatIsLegalPasses(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault faulty.Fault
		plan  FanPlan
	}{
		{"plain", faulty.Fault{}, FanPlan{Size: 128}},
		{"smallest", faulty.Fault{}, FanPlan{Size: MinSize}},
		{"large", faulty.Fault{}, FanPlan{Size: 100_000, Depth: 3}},
		{"pings and fragments", faulty.Fault{Legal: true}, FanPlan{Size: 128, Depth: 4, Burst: 3}},
		{"cut anywhere", faulty.Fault{Legal: true, Trickle: 7}, FanPlan{Size: 300, Depth: 4}},
		{"cut anywhere, shortest form", faulty.Fault{Trickle: 11}, FanPlan{Size: 300, Depth: 2, Burst: 5}},
		{"subscribed late", faulty.Fault{Late: firstRound + 100*time.Millisecond}, FanPlan{Size: 128}},
		{"channels", faulty.Fault{}, FanPlan{Size: 64, Burst: 10, Channels: 10}},
		{"channels overtaking", faulty.Fault{Overtake: true}, FanPlan{Size: 64, Depth: 2, Burst: 10, Channels: 10}},
		{"channels overtaking, cut", faulty.Fault{Overtake: true, Legal: true, Trickle: 13}, FanPlan{Size: 64, Depth: 2, Burst: 7, Channels: 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := server(t, c.fault)
			p := c.plan
			p.Addr, p.Subscribers, p.Owed = s.Addr(), 7, int64(210*p.Size)
			p.Warm = 20 * time.Millisecond
			var e ends
			r, err := Fan(context.Background(), p, e.window())
			if err != nil {
				t.Fatal(err)
			}
			e.check(t)
			if want := int64(7 * 210); r.Messages < want || r.Messages > want+7*int64(max(p.Burst, 1)*max(p.Depth, 1)) || r.Latency.TotalCount() != r.Messages {
				t.Errorf("%d messages and %d latencies where %d were owed", r.Messages, r.Latency.TotalCount(), want)
			}
			if r.Elapsed <= 0 || r.Connect <= 0 || r.Latency.Max() <= 0 {
				t.Errorf("the report lacks times: %+v", r)
			}
			if c.fault.Legal && s.Pongs() == 0 {
				t.Error("no ping was answered")
			}
		})
	}
}

func TestFanOverTimeHasATimeline(t *testing.T) {
	s := server(t, faulty.Fault{})
	r, err := Fan(context.Background(), FanPlan{Addr: s.Addr(), Subscribers: 20, Size: 64, Depth: 2, Measure: 200 * time.Millisecond, Every: 20 * time.Millisecond}, Window{})
	if err != nil {
		t.Fatal(err)
	}
	delivered, last := int64(0), time.Duration(0)
	for _, m := range r.Timeline {
		if m.At <= last {
			t.Errorf("moments out of order: %v", r.Timeline)
		}
		delivered, last = delivered+m.Delivered, m.At
	}
	if len(r.Timeline) < 2 || delivered != r.Messages || last > r.Elapsed {
		t.Errorf("%d moments up to %v hold %d of %d messages of %v", len(r.Timeline), last, delivered, r.Messages, r.Elapsed)
	}
}

// An open loop's latencies count from the schedule: everything that fell due while the server slept was late.
func TestAPauseShowsInEveryMessageThatWasDueInIt(t *testing.T) {
	const rate, subs = 1000, 5
	s := server(t, faulty.Fault{What: faulty.Pause, At: 500})
	r, err := Fan(context.Background(), FanPlan{Addr: s.Addr(), Subscribers: subs, Size: 64, Rate: rate, Measure: 600 * time.Millisecond}, Window{})
	if err != nil {
		t.Fatal(err)
	}
	late := int64(0)
	for _, b := range r.Latency.Distribution() {
		if b.From >= int64(faulty.PauseTime/2) {
			late += b.Count
		}
	}
	// Those due in the first half of the pause waited for at least the other half.
	if want := int64(rate * subs * faulty.PauseTime.Seconds() / 2); late < want*8/10 {
		t.Errorf("%d deliveries were over %v late, and about %d fell due in time for that", late, faulty.PauseTime/2, want)
	}
	if r.Latency.Max() < int64(faulty.PauseTime)*9/10 || r.Latency.ValueAtQuantile(99.9) < int64(faulty.PauseTime)*8/10 {
		t.Errorf("max %v, p99.9 %v with a pause of %v", time.Duration(r.Latency.Max()), time.Duration(r.Latency.ValueAtQuantile(99.9)), faulty.PauseTime)
	}
	if want := int64(rate * subs * 0.6); r.Latency.TotalCount() < want*9/10 || r.Latency.TotalCount() > want*11/10 {
		t.Errorf("%d latencies where the schedule has %d", r.Latency.TotalCount(), want)
	}
}

func TestCancellingReturnsWhatThereIs(t *testing.T) {
	s := server(t, faulty.Fault{})
	ctx, cancel := context.WithCancel(context.Background())
	var e ends
	w := e.window()
	begin := w.Begin
	w.Begin = func() { begin(); time.AfterFunc(50*time.Millisecond, cancel) }
	r, err := Fan(ctx, FanPlan{Addr: s.Addr(), Subscribers: 20, Size: 64, Measure: time.Hour}, w)
	if !errors.Is(err, context.Canceled) || r.Messages == 0 || r.Elapsed < 40*time.Millisecond {
		t.Errorf("%d messages in %v, %v", r.Messages, r.Elapsed, err)
	}
	e.check(t)
}

func TestAFailureEndsTheWindow(t *testing.T) {
	var e ends
	s := server(t, faulty.Fault{What: faulty.Cut, At: 1000})
	r, err := Fan(context.Background(), FanPlan{Addr: s.Addr(), Subscribers: 20, Size: 64, Measure: time.Hour}, e.window())
	if v, ok := errors.AsType[*Violation](err); !ok || v.Kind != Closed || v.Conn < 0 || v.Want == 0 {
		t.Errorf("%v", err)
	}
	if r.Messages == 0 {
		t.Error("nothing is reported of what came before")
	}
	e.check(t)
}

func TestPlansThatCannotBe(t *testing.T) {
	for _, p := range []FanPlan{
		{Subscribers: 0, Size: 64, Measure: 1}, {Subscribers: 1, Size: MinSize - 1, Measure: 1}, {Subscribers: 1, Size: 64},
		{Subscribers: 2, Stalled: 2, Size: 64, Measure: 1}, {Subscribers: 2, Stalled: 1, Channels: 2, Size: 64, Measure: 1},
	} {
		p.Addr = "127.0.0.1:1"
		if _, err := Fan(context.Background(), p, Window{}); err == nil {
			t.Errorf("%+v ran", p)
		} else if _, ok := errors.AsType[*Violation](err); ok {
			t.Errorf("%+v is blamed on the server: %v", p, err)
		}
	}
	if _, err := Fan(context.Background(), FanPlan{Addr: "localhost", Subscribers: 1, Size: 64, Measure: 1}, Window{}); err == nil {
		t.Error("an address without a port was taken")
	}
}

func ExampleViolation() {
	fmt.Println(&Violation{Kind: Lost, Conn: 7, Want: 41, Got: 42, Detail: "it did not come"})
	// Output: lost: connection 7: message 41 was due and 42 came: it did not come
}
