package million

import (
	"net/netip"
	"testing"
)

func TestSources(t *testing.T) {
	for _, p := range []Plan{
		{Conns: 1_000_000, Clients: 51, PerClient: 19_608, PerSource: 25_000},
		{Conns: 1_000_000, Clients: 1, PerClient: 1_000_000, PerSource: 25_000},
		{Conns: 300, Clients: 2, PerClient: 150, PerSource: 40},
		{Conns: 7, Clients: 3, PerClient: 3, PerSource: 25_000},
	} {
		seen := map[netip.Addr]bool{}
		conns := 0
		for i := range p.Clients {
			as := sourcesOf(p, i)
			n := connsOf(p, i)
			conns += n
			if n > p.PerClient || ceilDiv(n, len(as)) > p.PerSource {
				t.Errorf("%+v: client %d opens %d connections from %d addresses", p, i, n, len(as))
			}
			for _, a := range as {
				if seen[a] || !a.IsLoopback() {
					t.Errorf("%+v: %v for client %d", p, a, i)
				}
				seen[a] = true
			}
		}
		if conns != p.Conns || len(seen) != sources(p) {
			t.Errorf("%+v: %d connections from %d addresses", p, conns, len(seen))
		}
	}
}

func TestSourceStaysInItsOctets(t *testing.T) {
	for i, want := range map[int]string{0: "127.1.0.1", 249: "127.1.0.250", 250: "127.1.1.1", 62_499: "127.1.249.250", 62_500: "127.2.0.1", maxSources - 1: "127.250.249.250"} {
		if a := source(i).String(); a != want {
			t.Errorf("address %d is %s, want %s", i, a, want)
		}
	}
}
