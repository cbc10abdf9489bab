package clients

import (
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestNginx carries a feed through the nginx of docs/deploy while one of two servers restarts: who is on that one is sent away
// with a hint, comes back by way of nginx to the other, and misses nothing of what it is subscribed to anew; who is on the other
// notices nothing.
func TestNginx(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package ws", exists("node_modules/ws"))
	need(t, "openssl", inPath("openssl"))
	need(t, "nginx", nginxPath() != "")
	if runtime.GOOS != "linux" {
		t.Skip("clients come from addresses of 127.0.0.0/8 that only Linux has")
	}
	bin := build(t)
	for _, c := range []struct {
		name, path string
		header     string // that the servers believe
		code       int
		// placed judges which clients are on which server.
		placed func(t *testing.T, a, b []netip.Addr)
		// returns is an address of a client that comes to the restarted server.
		returns func(a []netip.Addr) netip.Addr
	}{
		{"least_conn", "/feed", "X-Forwarded-For", 1012, func(t *testing.T, a, b []netip.Addr) {
			if d := len(a) - len(b); d < -1 || d > 1 {
				t.Errorf("%d clients on one, %d on the other", len(a), len(b))
			}
		}, func([]netip.Addr) netip.Addr { return netip.MustParseAddr("127.1.99.1") }}, // whoever it is: nobody is there yet
		{"ip_hash", "/by-address/feed", "X-Real-IP", 1001, func(t *testing.T, a, b []netip.Addr) {
			// A network's clients are together, and the networks are not all on one.
			for _, x := range a {
				for _, y := range b {
					if netip.PrefixFrom(x, 24).Masked().Contains(y) {
						t.Errorf("%v and %v are apart", x, y)
					}
				}
			}
			if len(a) == 0 || len(b) == 0 {
				t.Errorf("%d clients on one, %d on the other", len(a), len(b))
			}
		}, func(a []netip.Addr) netip.Addr { return a[0] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			serve := func(t *testing.T, listen string) *upstream {
				return startUpstream(t, bin, listen, c.code, "--proxy-headers", c.header)
			}
			throughRestart(t, serve, c.path, c.code, c.placed, c.returns)
		})
	}
}

func throughRestart(t *testing.T, serve func(*testing.T, string) *upstream, path string, code int,
	placed func(*testing.T, []netip.Addr, []netip.Addr), returns func([]netip.Addr) netip.Addr) {
	a := serve(t, "127.0.0.11:0")
	b := serve(t, "127.0.0.12:0")
	front := startNginx(t, a.host, b.host)
	diary := newDiary()

	var all []netip.Addr
	for network := range byte(6) {
		for host := range byte(2) {
			all = append(all, netip.AddrFrom4([4]byte{127, 1, network, host + 1}))
		}
	}
	for _, addr := range all[:8] {
		goSubscriber(t, front, path, addr, diary)
	}
	nodeSubscribers(t, front, path, all[8:], diary)
	diary.until(t, "everybody has had messages", func(c *client) bool { return c.now().messages >= 5 }, all...)

	// The servers see the clients, not nginx, and not what the clients say they are.
	onA, onB := a.clients(t), b.clients(t)
	both := slices.SortedFunc(slices.Values(slices.Concat(onA, onB)), netip.Addr.Compare)
	if !slices.Equal(both, all) {
		t.Fatalf("the servers have the clients %v and %v, want %v", onA, onB, all)
	}
	placed(t, onA, onB)
	diary.check(t)

	a.stop(t)
	diary.until(t, "those who were sent away are back", func(c *client) bool { return len(c.sessions) > 1 && c.now().messages >= 5 }, onA...)
	if got := b.clients(t); !slices.Equal(got, all) {
		t.Errorf("the server that is left has %v, want %v", got, all)
	}

	// The server is back at its address: it has the next ones at once, because it has fewest, or because they belong to it.
	again := serve(t, a.host)
	newcomer := returns(onA)
	for range 5 {
		goVisitor(t, front, path, newcomer)
	}
	if got := again.clients(t); len(got) != 5 {
		t.Errorf("of 5 clients that should come to the server that is back, it has %d", len(got))
	}

	before := diary.messages(all...)
	diary.until(t, "everybody has more messages", func(c *client) bool { return c.all() >= before[c.addr]+20 }, all...)
	diary.check(t)
	for _, addr := range all {
		c := diary.of(addr)
		if !slices.Contains(onA, addr) {
			if len(c.sessions) != 1 {
				t.Errorf("%v was on the server that went on, and has had %d connections: %+v", addr, len(c.sessions), c.sessions[0])
			}
			continue
		}
		if len(c.sessions) != 2 || c.sessions[0].code != code || !strings.Contains(c.sessions[0].reason, "; retry-after=") ||
			c.sessions[0].epoch == c.sessions[1].epoch {
			t.Errorf("%v was on the server that restarted, and has had %+v", addr, c.sessions)
		}
	}
	front.check(t)
}
