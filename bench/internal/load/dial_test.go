package load

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
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

func TestResponses(t *testing.T) {
	k := key(1)
	good := "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\nSec-WebSocket-Accept: " + acceptFor(k) + "\r\n"
	for _, c := range []struct {
		in   string
		done bool
		rest string
		bad  string
	}{
		{in: good + "\r\n", done: true},
		{in: good + "\r\nrest", done: true, rest: "rest"},
		{in: good},
		{in: good + strings.Repeat("x", maxHead), bad: "more than"},
		{in: "HTTP/1.1 200 OK\r\n\r\n", bad: "101"},
		{in: good + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", bad: "none was offered"},
		{in: strings.Replace(good, acceptFor(k), acceptFor(key(2)), 1) + "\r\n", bad: "should be"},
		{in: strings.Replace(good, "upgrade: WebSocket\r\n", "", 1) + "\r\n", bad: "Upgrade"},
	} {
		rest, done, err := checkResponse([]byte(c.in), k)
		if c.bad != "" {
			if err == nil || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%.60q: %v", c.in, err)
			}
		} else if err != nil || done != c.done || string(rest) != c.rest {
			t.Errorf("%.60q: done %v, rest %q, %v", c.in, done, rest, err)
		}
	}
	// The example of RFC 6455, section 1.3.
	if got := acceptFor([24]byte([]byte("dGhlIHNhbXBsZSBub25jZQ=="))); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Error(got)
	}
}

func TestStorm(t *testing.T) {
	s := server(t, faulty.Fault{})
	var e ends
	r, err := Storm(context.Background(), StormPlan{Addr: s.Addr(), Concurrent: 20, Warm: 20 * time.Millisecond, Measure: 150 * time.Millisecond}, e.window())
	if err != nil {
		t.Fatal(err)
	}
	e.check(t)
	if r.Handshakes < 20 || r.Latency.TotalCount() != r.Handshakes || r.Elapsed < 150*time.Millisecond {
		t.Errorf("%d handshakes, %d latencies in %v", r.Handshakes, r.Latency.TotalCount(), r.Elapsed)
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
