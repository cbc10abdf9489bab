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

// What a stalled reader is given is verified too. Which reader gets the wrong message is up to the order in which the
// server saw them subscribe: half of them are stalled, so a few runs find one.
func TestAStalledReaderGivenWrongBytes(t *testing.T) {
	for what, want := range map[faulty.What]Kind{faulty.FlipBit: Altered, faulty.Duplicate: Repeated} {
		stalled := func(conn int) bool { return conn%2 == 0 }
		for found, runs := false, 0; !found; runs++ {
			if runs == 50 {
				t.Fatalf("%s: in %d runs it never hit a stalled reader", what, runs)
			}
			s := server(t, faulty.Fault{What: what, At: 700})
			_, err := Fan(context.Background(), FanPlan{Addr: s.Addr(), Subscribers: 6, Stalled: 3, Size: 2000, Owed: 200 * 2000}, Window{})
			v, ok := errors.AsType[*Violation](err)
			if !ok || v.Kind != want {
				t.Fatalf("%s: %v", what, err)
			}
			found = stalled(v.Conn)
		}
	}
}
