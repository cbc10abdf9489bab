package load

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/faulty"
)

func TestEchoTakesEverythingThatIsLegal(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault faulty.Fault
		size  int
	}{
		{"plain", faulty.Fault{}, 128},
		{"smallest", faulty.Fault{}, MinSize},
		{"large", faulty.Fault{}, 200_000},
		{"pings and fragments", faulty.Fault{Legal: true}, 1024},
		{"cut anywhere", faulty.Fault{Legal: true, Trickle: 7}, 300},
		{"cut anywhere, shortest form", faulty.Fault{Trickle: 3}, 128},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := server(t, c.fault)
			var e ends
			r, err := Echo(context.Background(), EchoPlan{Addr: s.Addr(), Conns: 5, Size: c.size, Depth: 6, Warm: 10 * time.Millisecond,
				Measure: time.Hour, messages: 300}, e.window())
			if err != nil {
				t.Fatal(err)
			}
			e.check(t)
			if r.Messages < 300 || r.Latency.TotalCount() != r.Messages || r.Elapsed <= 0 || r.Connect <= 0 {
				t.Errorf("%d messages, %d latencies in %v, connected in %v", r.Messages, r.Latency.TotalCount(), r.Elapsed, r.Connect)
			}
			if s.Deliveries() < r.Messages {
				t.Errorf("%d counted and %d sent", r.Messages, s.Deliveries())
			}
			if c.fault.Legal && s.Pongs() == 0 {
				t.Error("no ping was answered")
			}
		})
	}
}

func TestEchoLastsAsLongAsThePlanSays(t *testing.T) {
	s := server(t, faulty.Fault{})
	r, err := Echo(context.Background(), EchoPlan{Addr: s.Addr(), Conns: 3, Size: 64, Measure: 80 * time.Millisecond}, Window{})
	if err != nil || r.Messages == 0 || r.Elapsed < 80*time.Millisecond {
		t.Errorf("%d messages in %v, %v", r.Messages, r.Elapsed, err)
	}
}

// In a closed loop of one message a loss is an end of everything: the detector has to say what is missing.
func TestALossAtDepthOneIsAStall(t *testing.T) {
	s := server(t, faulty.Fault{What: faulty.Drop, At: 50})
	_, err := Echo(context.Background(), EchoPlan{Addr: s.Addr(), Conns: 1, Size: 64, Measure: time.Hour, Patience: 2 * time.Second}, Window{})
	if v, ok := errors.AsType[*Violation](err); !ok || v.Kind != Stalled || v.Messages != 1 || v.Conns != 1 {
		t.Errorf("%v", err)
	}
}

func TestEchoCancelled(t *testing.T) {
	s := server(t, faulty.Fault{What: faulty.Freeze, At: 100})
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := Echo(ctx, EchoPlan{Addr: s.Addr(), Conns: 3, Size: 64, Measure: time.Hour}, Window{})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}
