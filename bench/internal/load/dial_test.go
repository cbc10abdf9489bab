package load

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/faulty"
)

func TestHandshakesThatAreRefused(t *testing.T) {
	for _, what := range []faulty.What{faulty.BadAccept, faulty.Refuse} {
		s := server(t, faulty.Fault{What: what})
		_, err := Echo(context.Background(), EchoPlan{Addr: s.Addr(), Conns: 3, Size: 64, Measure: time.Hour}, Window{})
		if v, ok := errors.AsType[*Violation](err); !ok || v.Kind != Refused {
			t.Errorf("%s: %v", what, err)
		}
		_, err = Storm(context.Background(), StormPlan{Addr: s.Addr(), Concurrent: 3, Measure: time.Hour}, Window{})
		if v, ok := errors.AsType[*Violation](err); !ok || v.Kind != Refused {
			t.Errorf("storm, %s: %v", what, err)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	_, err = Hold(context.Background(), HoldPlan{Addr: ln.Addr().String(), Conns: 2})
	if v, ok := errors.AsType[*Violation](err); !ok || v.Kind != Refused {
		t.Errorf("%v", err)
	}
}

func TestAServerThatNeverAnswers(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, err = Hold(context.Background(), HoldPlan{Addr: ln.Addr().String(), Conns: 2, Patience: 300 * time.Millisecond})
	if v, ok := errors.AsType[*Violation](err); !ok || v.Kind != Stalled || v.Conns != 2 {
		t.Errorf("%v", err)
	}
}

func TestLoopbackSourcesChange(t *testing.T) {
	d := dialer{addr: netip.MustParseAddrPort("127.0.0.1:80")}
	seen := map[netip.Addr]int{}
	for ; d.started < 3*perSource; d.started++ {
		seen[d.source()]++
	}
	if len(seen) != 3 || seen[netip.Addr{}] != perSource || seen[netip.MustParseAddr("127.0.0.3")] != perSource {
		t.Errorf("%v", seen)
	}
	d.addr = netip.MustParseAddrPort("192.0.2.1:80")
	if s := d.source(); s.IsValid() {
		t.Errorf("%v as source for another machine", s)
	}
	d.sources = []netip.Addr{netip.MustParseAddr("10.0.0.1")}
	if s := d.source(); s != d.sources[0] {
		t.Errorf("%v and not the caller's", s)
	}
}
