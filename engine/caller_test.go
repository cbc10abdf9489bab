package engine_test

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

var (
	proxyPeer = netip.MustParseAddrPort("10.0.0.1:4000")
	localPeer = netip.MustParseAddrPort("127.0.0.1:4000")
	stranger  = netip.MustParseAddrPort("203.0.113.200:4000")
)

// behindProxies trusts 10.0.0.0/8 and loopback.
func behindProxies(headers ...string) engine.Config {
	return engine.Config{Proxy: engine.ProxyConfig{
		Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32")}, Headers: headers,
	}}
}

// tells answers every message with RemoteAddr, and remembers what Upgrade saw.
func tells(saw *string) engine.Handler {
	return engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) { *saw = r.RemoteAddr; return engine.Accept{}, nil },
		Message: func(c *engine.Conn, op frame.Op, _ []byte) { c.Send(op, []byte(c.RemoteAddr().String())) },
	}
}

// The address that a trusted proxy tells is what Upgrade and Conn.RemoteAddr show; nobody else's word is.
func TestCallerAddress(t *testing.T) {
	for _, row := range []struct {
		name string
		peer netip.AddrPort
		line string
		want string
	}{
		{"no proxy, no header", stranger, "", "203.0.113.200:4000"},
		{"no proxy's header", stranger, "X-Forwarded-For: 198.51.100.7", "203.0.113.200:4000"},
		{"a proxy and no header", proxyPeer, "", "10.0.0.1:4000"},
		{"a proxy's header", proxyPeer, "X-Forwarded-For: 198.51.100.7", "198.51.100.7:0"},
		{"a proxy's header, IPv6", localPeer, "X-Forwarded-For: 198.51.100.7, [2001:db8::1]:99", "[2001:db8::1]:99"},
		{"a header that is not configured", proxyPeer, "X-Real-IP: 198.51.100.7", "10.0.0.1:4000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var saw string
			s := enginetest.New(t, behindProxies(), tells(&saw))
			c := s.DialFrom(row.peer)
			var more []string
			if row.line != "" {
				more = append(more, row.line)
			}
			if r := c.Handshake("/", more...); r.StatusCode != 101 || saw != row.want {
				t.Fatalf("%s; Upgrade saw %q, want %q", r.Status, saw, row.want)
			}
			c.Send(frame.OpText, []byte("who am I?"))
			s.Settle()
			if fs := c.Frames(); len(fs) != 1 || string(fs[0].Payload) != row.want {
				t.Errorf("RemoteAddr: %v, want %q", fs, row.want)
			}
		})
	}
}

// steps of a server behind proxies: who comes from where for whom, and what it gets.
type callerStep struct {
	peer netip.AddrPort
	line string // of the request, or "leave 0": the first of those who were let in goes
	want int
}

// Limits of an address are charged to the address that is told, and given back to it.
func TestCallerIsCharged(t *testing.T) {
	forA, forB := "X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 198.51.100.2"
	one := func(c *engine.Config) { c.MaxConnsPerAddr = 1 }
	for _, row := range []struct {
		name  string
		cfg   func(*engine.Config)
		steps []callerStep
	}{
		{"cap of the client's address, not of the proxy's", one, []callerStep{
			{proxyPeer, forA, 101}, {proxyPeer, forB, 101}, {proxyPeer, forA, 429}, {localPeer, forA, 429}, {netip.MustParseAddrPort("198.51.100.1:5"), "", 429},
			{line: "leave 0"}, {localPeer, forA, 101}, {proxyPeer, forA, 429}}},
		{"a proxy that tells nothing is charged itself", one, []callerStep{
			{proxyPeer, "", 101}, {proxyPeer, "", 429}, {proxyPeer, forA, 101}, {line: "leave 0"}, {proxyPeer, "", 101}}},
		{"a loopback proxy that tells nothing is exempt", one, []callerStep{{localPeer, "", 101}, {localPeer, "", 101}, {localPeer, forA, 101}, {localPeer, forA, 429}}},
		{"and is not if the config says so", func(c *engine.Config) { c.MaxConnsPerAddr, c.LimitLoopback = 1, true }, []callerStep{
			{localPeer, "", 101}, {localPeer, "", 429}}},
		{"IPv6 by /64", one, []callerStep{
			{proxyPeer, "X-Forwarded-For: 2001:db8::1", 101}, {proxyPeer, "X-Forwarded-For: 2001:db8::2:1", 429}, {proxyPeer, "X-Forwarded-For: 2001:db8:0:1::1", 101}}},
		{"rate", func(c *engine.Config) { c.ConnRate, c.ConnBurst = 0.001, 2 }, []callerStep{
			{proxyPeer, forA, 101}, {line: "leave 0"}, {proxyPeer, forA, 101}, {proxyPeer, forA, 429}, {proxyPeer, forB, 101}}},
		{"the global cap counts proxies' connections at accept", func(c *engine.Config) { c.MaxConns = 2 }, []callerStep{
			{proxyPeer, forA, 101}, {proxyPeer, forB, 101}, {proxyPeer, forA, 503}, {line: "leave 1"}, {proxyPeer, forB, 101}}},
		{"a request that is refused later is given back as it was charged", func(c *engine.Config) { c.MaxConnsPerAddr, c.Origins = 1, []string{"https://ok.example"} }, []callerStep{
			{proxyPeer, forA + "\r\nOrigin: https://bad.example", 403}, {proxyPeer, forA + "\r\nOrigin: https://ok.example", 101}, {proxyPeer, forA, 429}}},
		{"no request at all", one, []callerStep{{proxyPeer, "Upgrade: nothing\r\nSec-WebSocket-Version: 13", 400}, {proxyPeer, forA, 101}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := behindProxies()
			cfg.Origins = []string{"*"}
			row.cfg(&cfg)
			s := enginetest.New(t, cfg, engine.Handler{})
			var in []*enginetest.Client
			for i, step := range row.steps {
				if n, ok := strings.CutPrefix(step.line, "leave "); ok {
					in[n[0]-'0'].Reset()
					continue
				}
				c := s.DialFrom(step.peer)
				c.Write(enginetest.Request("/", strings.Split(step.line+"\r\nX-Step: y", "\r\n")...))
				r, _, err := enginetest.Response(c.Read(), "")
				if err != nil || r.StatusCode != step.want {
					t.Fatalf("step %d, %v %q: %v, %v; want %d", i, step.peer, step.line, r, err, step.want)
				}
				if r.StatusCode == 101 {
					in = append(in, c)
				} else if c.CloseWrite(); r.StatusCode == 429 && r.Header.Get("Retry-After") == "" {
					t.Error("429 without Retry-After")
				}
			}
			for _, c := range in {
				c.CloseWrite()
			}
			s.Settle()
			if n, addrs := engine.AdmittedNow(s.Engine()); n != 0 || addrs != 0 {
				t.Errorf("%d connections, %d addresses are still counted in", n, addrs)
			}
		})
	}
}

const fromA = "PROXY TCP4 198.51.100.1 10.0.0.1 5001 80\r\n"

// proxied is a client of a listener that requires the PROXY protocol.
func TestProxyProtocolInMemory(t *testing.T) {
	v2 := "\r\n\r\n\x00\r\nQUIT\n"
	unix := strings.Repeat("u", 108)
	for _, row := range []struct {
		name   string
		header string
		line   string // more of the request
		want   string // RemoteAddr; "": closed without an answer
	}{
		{"version 1", fromA, "", "198.51.100.1:5001"},
		{"version 2", v2 + "\x21\x11\x00\x0c\xc6\x33\x64\x01\x0a\x00\x00\x01\x13\x89\x00\x50", "", "198.51.100.1:5001"},
		{"local", v2 + "\x20\x00\x00\x00", "", "10.0.0.1:4000"},
		{"local, and a request of somebody's", v2 + "\x20\x00\x00\x00", "X-Forwarded-For: 198.51.100.9", "198.51.100.9:0"},
		{"unknown", "PROXY UNKNOWN\r\n", "", "10.0.0.1:4000"},
		{"unix", v2 + "\x21\x31\x00\xd8" + unix + unix, "", "invalid AddrPort"},
		{"a client's own header behind it", fromA, "X-Forwarded-For: 198.51.100.9", "198.51.100.1:5001"},
		{"a trusted proxy's behind it", "PROXY TCP4 10.7.7.7 10.0.0.1 5001 80\r\n", "X-Forwarded-For: 198.51.100.9", "198.51.100.9:0"},
		{"none", "", "", ""},
		{"two", fromA + fromA, "", "400"},
		{"garbage", "PROXY TCP4 here there 1 2\r\n", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var more []string
			if row.line != "" {
				more = append(more, row.line)
			}
			in := append([]byte(row.header), enginetest.Request("/", more...)...)
			in = append(in, enginetest.Frame(frame.OpText, []byte("who am I?"))...)
			for cut := range len(in) {
				var saw string
				s := enginetest.New(t, behindProxies(), tells(&saw))
				c := s.DialProxied(proxyPeer)
				if c.Write(in[:cut]); cut == len(row.header)/2 {
					s.Advance(3*time.Second - tick) // in time, and what follows has its own
				}
				c.Write(in[cut:])
				s.Settle()
				checkProxied(t, s, c, row.want)
				if n, addrs := engine.AdmittedNow(s.Engine()); n != 0 || addrs != 0 {
					t.Fatalf("cut at %d: %d connections, %d addresses are still counted in", cut, n, addrs)
				}
			}
		})
	}
}

// checkProxied ends the connection and compares what came of it.
func checkProxied(t *testing.T, s *enginetest.Server, c *enginetest.Client, want string) {
	t.Helper()
	got := c.Read()
	c.CloseWrite()
	s.Settle()
	st := s.Engine().Stats()
	switch want {
	case "":
		if len(got) != 0 || !c.Closed() || st.Reasons[engine.ReasonProxyHeader] != 1 || st.Handshakes != 0 {
			t.Fatalf("got %q, closed %t, reasons %v", got, c.Closed(), st.Reasons)
		}
	case "400":
		if r, _, err := enginetest.Response(got, ""); err != nil || r.StatusCode != 400 || st.Reasons[engine.ReasonBadHandshake] != 1 {
			t.Fatalf("got %q, reasons %v", got, st.Reasons)
		}
	default:
		_, rest, err := enginetest.Response(got, "")
		fs, _, ferr := enginetest.Frames(rest)
		if err != nil || ferr != nil || len(fs) != 1 || string(fs[0].Payload) != want || len(st.Reasons) != 0 {
			t.Fatalf("got %q, want RemoteAddr %q; reasons %v", got, want, st.Reasons)
		}
	}
}

// A header that is not whole in time is closed at the deadline, whatever comes meanwhile.
func TestProxyHeaderDeadline(t *testing.T) {
	for _, part := range []string{"", "PROXY TCP4 198", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x0f\x00"} {
		s := enginetest.New(t, behindProxies(), engine.Handler{})
		c := s.DialProxied(proxyPeer)
		for i := range part {
			c.Write([]byte{part[i]})
			s.Advance(tick)
		}
		s.Advance(3*time.Second - tick - s.Now())
		if c.Closed() {
			t.Fatalf("%q: closed at %v", part, s.Now())
		}
		s.Advance(tick)
		st := s.Engine().Stats()
		if !c.Closed() || c.Received() != 0 || st.Reasons[engine.ReasonProxyTimeout] != 1 || st.Conns != 0 {
			t.Errorf("%q: closed %t, reasons %v", part, c.Closed(), st.Reasons)
		}
	}
	// And one that was in time has until the handshake's deadline for its request.
	s := enginetest.New(t, behindProxies(), engine.Handler{})
	c := s.DialProxied(proxyPeer)
	c.Write([]byte(fromA))
	s.Advance(5*time.Second - tick)
	if r := c.Handshake("/"); r.StatusCode != 101 {
		t.Error(r.Status)
	}
}

// Only trusted proxies get in where the protocol is required, and an address over its limit is told so before its request.
func TestProxyProtocolRefusals(t *testing.T) {
	cfg := behindProxies()
	cfg.MaxConnsPerAddr = 1
	log := newTestLog()
	cfg.Logger = log.logger()
	s := enginetest.New(t, cfg, engine.Handler{})
	for range 3 {
		c := s.DialProxied(stranger)
		if c.Write([]byte(fromA)); !c.Closed() || c.Received() != 0 {
			t.Errorf("a stranger: closed %t, %d bytes", c.Closed(), c.Received())
		}
	}
	a := s.DialProxied(proxyPeer)
	a.Write([]byte(fromA))
	b := s.DialProxied(proxyPeer)
	b.Write([]byte(fromA))
	if r, _, err := enginetest.Response(b.Read(), ""); err != nil || r.StatusCode != 429 || !b.GotFIN() {
		t.Errorf("the second of one address: %v, %v", r, err)
	}
	st := s.Engine().Stats()
	if st.Reasons[engine.ReasonProxyUntrusted] != 3 || st.Reasons[engine.ReasonAddressFull] != 1 || st.Refused != 3 {
		t.Errorf("%d refused, reasons %v", st.Refused, st.Reasons)
	}
	if n := log.count("refused a connection to an address for proxies only"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

// Whoever comes, from wherever, and goes at whatever moment: in the end nothing is counted in.
func TestCallersAreCountedOutAsIn(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	cfg := behindProxies()
	cfg.MaxConnsPerAddr, cfg.ConnRate, cfg.ConnBurst, cfg.Origins = 2, 0.05, 20, []string{"https://ok.example"}
	s := enginetest.New(t, cfg, engine.Handler{})
	peers := []netip.AddrPort{proxyPeer, localPeer, stranger, netip.MustParseAddrPort("198.51.100.1:9")}
	heads := []string{fromA, "PROXY UNKNOWN\r\n", "PROXY TCP4 10.7.7.7 10.0.0.1 5001 80\r\n", "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00", "rubbish", ""}
	lines := []string{"X-Forwarded-For: 198.51.100.1", "X-Forwarded-For: 198.51.100.2, 10.0.0.9", "X-Forwarded-For: ?", "Origin: https://bad.example", "Sec-WebSocket-Version: 8"}
	var open []*enginetest.Client
	for range 5000 {
		var c *enginetest.Client
		var in []byte
		if peer := peers[rnd.IntN(len(peers))]; rnd.IntN(2) == 0 {
			c = s.DialFrom(peer)
		} else {
			c = s.DialProxied(peer)
			in = []byte(heads[rnd.IntN(len(heads))])
		}
		in = append(in, enginetest.Request("/", lines[rnd.IntN(len(lines))])...)
		if rnd.IntN(3) == 0 {
			in = in[:rnd.IntN(len(in))]
		}
		c.Write(in)
		if open = append(open, c); len(open) > 20 {
			i := rnd.IntN(len(open))
			open[i].Reset()
			open = slices.Delete(open, i, i+1)
		}
		s.Advance(time.Duration(rnd.IntN(1000)) * time.Millisecond)
		if n, st := engine.Admitted(s.Engine()), s.Engine().Stats(); int64(n) != st.Conns {
			t.Fatalf("%d are counted in, %d are there", n, st.Conns)
		}
	}
	st := s.Engine().Stats()
	for _, r := range []engine.Reason{engine.ReasonAddressFull, engine.ReasonAddressRate, engine.ReasonProxyHeader, engine.ReasonProxyTimeout,
		engine.ReasonProxyUntrusted, engine.ReasonOrigin, engine.ReasonBadHandshake, engine.ReasonHandshakeTimeout} {
		if st.Reasons[r] == 0 {
			t.Errorf("nobody was refused for %v: the test does not go there", r)
		}
	}
	for _, c := range open {
		c.Reset()
	}
	s.Advance(6 * time.Second) // those who were answered and did not go
	if n, addrs := engine.AdmittedNow(s.Engine()); n != 0 || addrs != 0 {
		t.Errorf("%d connections, %d addresses are still counted in", n, addrs)
	}
}
