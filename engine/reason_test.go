package engine_test

import (
	"maps"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// Every decision against a connection is counted once, under its own reason and no other.
func TestReasons(t *testing.T) {
	type server = enginetest.Server
	open := func(s *server) *enginetest.Client {
		c := s.Dial()
		c.Handshake("/", "X-Forwarded-For: 198.51.100.1")
		return c
	}
	text := func(n int) []byte { return enginetest.Frame(frame.OpText, make([]byte, n)) }
	full := func(n int) func(*server) { // as many sockets, not more than one of whom is let in
		return func(s *server) {
			for range n {
				s.Dial()
			}
		}
	}
	refused := func(lines ...string) func(*server) {
		return func(s *server) { s.Dial().Write(enginetest.Request("/", lines...)) }
	}
	proxied := func(in string, d time.Duration) func(*server) {
		return func(s *server) {
			s.DialProxied(proxyPeer).Write([]byte(in))
			s.Advance(d)
		}
	}
	// fill makes the client owed n bytes, in messages of 100.
	fill := func(n int) func(*server) {
		return func(s *server) {
			c := open(s)
			c.Stall()
			for range n / 100 {
				c.Write(text(98)) // echoed, with two bytes before it
			}
			s.Advance(time.Second)
			c.Unstall()
		}
	}
	inflating := func(maxMessage int64, maxRatio int) func(*engine.Config) {
		return func(c *engine.Config) {
			c.Compression = engine.Compression{Enabled: true, MaxRatio: maxRatio}
			c.MaxMessage, c.FloodBurst = maxMessage, 100
		}
	}
	bombs := func(n int) func(*server) {
		return func(s *server) {
			c := s.Dial()
			c.Handshake("/", "X-Forwarded-For: 198.51.100.1", offerDeflate)
			p := frame.NewDeflater(1).Append(nil, make([]byte, 500<<10), nil, frame.MaxWindowBits)
			for i := 0; i < n && c.Write(packedFrame(frame.OpText, p)) && !c.GotFIN(); i++ {
				s.Settle()
			}
		}
	}
	used, tested := int64(0), map[engine.Reason]bool{
		// These need sockets and goroutines.
		engine.ReasonHTTPFull: true, // TestSocketHTTPMaxConns, TestHandOverFails
		engine.ReasonBusy:     true, // TestSocketUpgradeWorkersEdges
	}
	for _, row := range []struct {
		reason engine.Reason
		cfg    func(*engine.Config)
		do     func(*server)
	}{
		{engine.ReasonServerFull, func(c *engine.Config) { c.MaxConns = 2 }, full(3)},
		{engine.ReasonServerRate, func(c *engine.Config) { c.TotalConnRate, c.TotalConnBurst = 0.001, 2 }, full(3)},
		{engine.ReasonMemory, func(c *engine.Config) { c.Memory = engine.MemoryConfig{Budget: 1, Used: func() int64 { return 2 }} },
			func(s *server) { s.Advance(time.Second); s.Dial() }},
		{engine.ReasonAddressFull, func(c *engine.Config) { c.MaxConnsPerAddr = 2 }, full(3)},
		{engine.ReasonAddressRate, func(c *engine.Config) { c.ConnRate, c.ConnBurst = 0.001, 2 }, full(3)},
		{engine.ReasonProxyUntrusted, nil, func(s *server) { s.DialProxied(stranger) }},
		{engine.ReasonProxyHeader, nil, proxied("GET / HTTP/1.1\r\n\r\n", 0)},
		{engine.ReasonProxyTimeout, nil, proxied("PROXY TCP4 ", 10*time.Second)},
		{engine.ReasonHandshakeTimeout, nil, func(s *server) { s.Dial(); s.Advance(10 * time.Second) }},
		{engine.ReasonBadHandshake, nil, refused("Sec-WebSocket-Version: 8")},
		{engine.ReasonBadHandshake, nil, func(s *server) { s.Dial().Write([]byte("GET / HTTP/1.1\n")) }},
		{engine.ReasonBadHandshake, nil, func(s *server) { s.Dial().Write([]byte("GET /%zz HTTP/1.1\r\n\r\n")) }},
		{engine.ReasonOrigin, nil, refused("Origin: https://elsewhere.example")},
		{engine.ReasonHandler, nil, refused("X-Refuse: yes")},
		{engine.ReasonDraining, func(c *engine.Config) { c.DrainWindow = time.Minute }, func(s *server) {
			c := s.Dial()
			s.Drain()
			c.Write(enginetest.Request("/"))
		}},
		{engine.ReasonFragments, func(c *engine.Config) { c.MaxFragments, c.MinFragment = 1, 10 }, func(s *server) {
			c := open(s)
			for i := range 3 {
				c.Write(frame.AppendFrame(nil, frame.Header{Op: frame.Op(1 - min(i, 1)), Masked: true}, []byte("x")))
			}
		}},
		{engine.ReasonInflate, inflating(1<<20, 5), bombs(1)},     // over MaxRatio
		{engine.ReasonInflate, inflating(1<<10, -1), bombs(1)},    // over MaxMessage
		{engine.ReasonInflate, inflating(1<<20, -1), bombs(1000)}, // within both, but again and again
		{engine.ReasonFlood, func(c *engine.Config) { c.FloodRate, c.FloodBurst = 1, 2 }, func(s *server) {
			for c := open(s); c.Send(frame.OpPong, nil) && !c.GotFIN(); {
			}
		}},
		{engine.ReasonMessageRate, func(c *engine.Config) { c.MessageRate, c.MessageBurst, c.ByteRate = 1, 2, 1000 }, func(s *server) {
			for c := open(s); c.Write(text(5)) && !c.GotFIN(); {
			}
		}},
		{engine.ReasonByteRate, func(c *engine.Config) { c.MessageRate, c.ByteRate, c.ByteBurst = 100, 1, 12 }, func(s *server) {
			for c := open(s); c.Write(text(5)) && !c.GotFIN(); {
			}
		}},
		{engine.ReasonSlowPolicy, func(c *engine.Config) { c.Slow, c.HighWatermark = engine.PolicyDisconnect, 1000 }, fill(1500)},
		{engine.ReasonHardLimit, func(c *engine.Config) { c.HighWatermark, c.HardLimit = 1050, 1050 }, fill(1500)},
		{engine.ReasonWriteTimeout, nil, func(s *server) {
			c := open(s)
			c.Stall()
			c.Write(text(5))
			s.Advance(21 * time.Second)
			c.Unstall()
		}},
		{engine.ReasonShed, func(c *engine.Config) { c.Memory = engine.MemoryConfig{Budget: 10, Used: func() int64 { return used }} }, func(s *server) {
			c := open(s)
			c.Stall()
			c.Write(text(5))
			used = 11
			s.Advance(time.Second)
			used = 0
			s.Advance(time.Second)
		}},
		{engine.ReasonPanic, nil, func(s *server) { open(s).Send(frame.OpText, []byte("panic")) }},
		{engine.ReasonPingTimeout, nil, func(s *server) { open(s); s.Advance(70 * time.Second) }},
		{engine.ReasonCloseTimeout, nil, func(s *server) { open(s).Send(frame.OpText, []byte("close")); s.Advance(6 * time.Second) }},
	} {
		t.Run(row.reason.String(), func(t *testing.T) {
			cfg := behindProxies()
			if row.cfg != nil {
				row.cfg(&cfg)
			}
			s := enginetest.New(t, cfg, engine.Handler{
				Upgrade: func(r *http.Request) (engine.Accept, error) {
					if r.Header["X-Refuse"] != nil {
						return engine.Accept{}, &engine.HTTPError{Status: 401}
					}
					return engine.Accept{}, nil
				},
				Message: func(c *engine.Conn, op frame.Op, p []byte) {
					switch string(p) {
					case "panic":
						panic("as asked")
					case "close":
						c.Close(1000, "")
					default:
						c.Send(op, p)
					}
				},
			})
			row.do(s)
			s.Settle()
			if got, want := s.Engine().Stats().Reasons, map[engine.Reason]uint64{row.reason: 1}; !maps.Equal(got, want) {
				t.Errorf("counted %v, want %v", got, want)
			}
			tested[row.reason] = true
		})
	}
	for _, r := range engine.Reasons() {
		if !tested[r] {
			t.Errorf("no test of %v", r)
		}
	}
}

// Names are fit for a label, and none is another's.
func TestReasonNames(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range engine.Reasons() {
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(r.String()) || seen[r.String()] {
			t.Errorf("reason %d is called %q", r, r)
		}
		seen[r.String()] = true
	}
	if got := engine.Reason(200).String(); got != "unknown" {
		t.Errorf("no reason is called %q", got)
	}
}
