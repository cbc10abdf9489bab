package load

import (
	"context"
	"errors"
	"testing"

	"github.com/weir-ws/weir/bench/internal/faulty"
)

// A few MiB are more than the sockets of a stalled reader hold.
func stalledPlan(s *faulty.Server) FanPlan {
	return FanPlan{Addr: s.Addr(), Subscribers: 6, Stalled: 2, Size: 16 << 10, Depth: 4, Owed: 24 << 20}
}

func TestWhatBecomesOfStalledReaders(t *testing.T) {
	for _, c := range []struct {
		name          string
		fault         faulty.Fault
		closed, whole int
		code          string
	}{
		{"whole", faulty.Fault{}, 0, 2, ""},
		{"dropped", faulty.Fault{Limit: 1 << 20, Slow: faulty.DropNew}, 0, 0, ""},
		{"closed", faulty.Fault{Limit: 1 << 20, Slow: faulty.Close1013}, 2, 0, "1013"},
		{"hung up", faulty.Fault{Limit: 1 << 20, Slow: faulty.Hangup}, 2, 0, "reset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := server(t, c.fault)
			p := stalledPlan(s)
			r, err := Fan(context.Background(), p, Window{})
			if err != nil {
				t.Fatal(err)
			}
			st := r.Stalled
			if st.Readers != 2 || st.Closed != c.closed || st.Whole != c.whole || c.code != "" && st.Codes[c.code] != c.closed {
				t.Errorf("%+v", st)
			}
			if want := 2 * p.Owed; st.Owed != want {
				t.Errorf("%d bytes owed and not %d", st.Owed, want)
			}
			if want := p.Owed / int64(p.Size) * 4; r.Messages != want || r.Latency.TotalCount() != want {
				t.Errorf("%d deliveries to readers that read, and not %d", r.Messages, want)
			}
		})
	}
}

// What a stalled reader is given is verified too.
func TestAStalledReaderGivenWrongBytes(t *testing.T) {
	// 6 readers are given one message in the muster; then come turns in the order of subscription.
	for _, c := range []struct {
		what faulty.What
		want Kind
	}{{faulty.FlipBit, Altered}, {faulty.Duplicate, Repeated}} {
		found := false
		for at := int64(3001); at <= 3006 && !found; at++ {
			s := server(t, faulty.Fault{What: c.what, At: at})
			p := stalledPlan(s)
			p.Depth = 1
			_, err := Fan(context.Background(), p, Window{})
			v, ok := errors.AsType[*Violation](err)
			if !ok || v.Kind != c.want {
				t.Fatalf("%s: %v", c.what, err)
			}
			found = v.Conn == 0 || v.Conn == 3
		}
		if !found {
			t.Errorf("%s: it never hit a stalled reader", c.what)
		}
	}
}
