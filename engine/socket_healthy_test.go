//go:build unix

package engine_test

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

const (
	publishes   = 400
	publishSize = 4 << 10
	badClients  = 50
)

// broadcast is a server with one loop, so that everybody shares it: a message that begins with "publish" goes to all,
// by a post; "panic" panics. It watches what becomes of the messages to healthy members.
type broadcast struct {
	room
	unwell atomic.Int64 //  publishes to a healthy member that were not simply sent, or found it owed something
}

func newBroadcast() (*broadcast, engine.Handler) {
	b := &broadcast{room: *newRoom()}
	return b, engine.Handler{
		Upgrade: chooseFirst,
		Open:    b.join,
		Close:   func(c *engine.Conn, _ error) { b.leave(c) },
		Message: func(c *engine.Conn, op frame.Op, p []byte) {
			switch {
			case strings.HasPrefix(string(p), "publish"):
				m := frame.NewMessage(op, p)
				c.Loop().Post(func() { b.publish(m) })
			case string(p) == "unwell?":
				c.Send(op, fmt.Append(nil, b.unwell.Load()))
			case string(p) == "panic":
				panic("as asked")
			}
		},
	}
}

func (b *broadcast) publish(m *frame.Message) {
	b.within(func() {
		for c := range b.members {
			if c.Subprotocol() != "healthy" {
				c.SendMessage(m)
				continue
			}
			// It publishes the next message when it has got the last, so nothing can be owed to it, unless
			// the loop kept that from its socket for the others' sake.
			if owed := c.Buffered(); owed != 0 || c.SendMessage(m) != engine.Sent {
				b.unwell.Add(1)
			}
		}
	})
}

// publishAll is the healthy subscriber: it publishes message after message, each when the last has come back, and fails
// unless it gets every one, in order. It returns the round trips in microseconds.
func (c *rawClient) publishAll() *hdrhistogram.Histogram {
	c.t.Helper()
	hist := hdrhistogram.New(1, time.Minute.Microseconds(), 3)
	filler := strings.Repeat("x", publishSize)
	for i := range publishes {
		m := fmt.Sprintf("publish %6d %s", i, filler)
		start := time.Now()
		c.say(frame.OpText, m)
		c.expect(frame.OpText, m)
		_ = hist.RecordValue(time.Since(start).Microseconds())
	}
	c.say(frame.OpText, "unwell?") // how often was something owed to us?
	c.expect(frame.OpText, "0")
	return hist
}

func logLatency(t *testing.T, what string, h *hdrhistogram.Histogram) {
	t.Helper()
	t.Logf("others: %-22s p50 %d us, p99 %d us, max %d us", what, h.ValueAtQuantile(50), h.ValueAtQuantile(99), h.Max())
}

const asHealthy = "Sec-WebSocket-Protocol: healthy"

// A healthy subscriber loses nothing, and nothing is ever owed to it, while fifty others on its loop do something
// bad. How long its round trips take is logged, beside the same without the others; it depends on the machine,
// so nothing fails by it. What is judged is what would make it grow: bytes that wait in the server, and
// writes spent on others.
func TestSocketHealthyAmongBad(t *testing.T) {
	for _, tc := range []struct {
		name string
		bad  func(t *testing.T, a net.Addr, stop <-chan struct{}, wg *sync.WaitGroup)
	}{
		{"nobody", func(*testing.T, net.Addr, <-chan struct{}, *sync.WaitGroup) {}},
		{"stop reading", func(t *testing.T, a net.Addr, _ <-chan struct{}, _ *sync.WaitGroup) {
			for range badClients {
				dialStalled(t, a)
			}
		}},
		{"die", func(_ *testing.T, a net.Addr, stop <-chan struct{}, wg *sync.WaitGroup) {
			comeAndGo(a, stop, wg, func(c *rawClient) {
				_, _, _ = c.next()                     // one message, perhaps
				_ = c.Conn.(*net.TCPConn).SetLinger(0) // then a reset, with bytes on the way
			})
		}},
		{"panic", func(_ *testing.T, a net.Addr, stop <-chan struct{}, wg *sync.WaitGroup) {
			comeAndGo(a, stop, wg, func(c *rawClient) {
				_, _ = c.Write(masked(frame.OpText, []byte("panic")))
				for {
					if op, _, err := c.next(); err != nil || op == frame.OpClose {
						return
					}
				}
			})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) { // one after the other: they are measured
			cfg := quickly()
			cfg.Loops, cfg.WriteTimeout = 1, -1
			b, h := newBroadcast()
			s := serve(t, cfg, h)
			stop := make(chan struct{})
			var wg sync.WaitGroup
			tc.bad(t, s.addr, stop, &wg)
			if tc.name != "nobody" {
				eventually(t, "the others are there", func() bool { return s.Stats().Open >= badClients/2 })
			}
			if tc.name == "stop reading" {
				b.fill(t, s)
			}
			c := dialWS(t, s.addr, asHealthy)
			before, start := s.Stats(), time.Now()
			logLatency(t, tc.name, c.publishAll())
			if tc.name == "stop reading" {
				time.Sleep(time.Second) // now nobody publishes, and the full sockets are tried all the same
			}
			elapsed, after := time.Since(start), s.Stats()
			close(stop)
			wg.Wait()
			switch tc.name {
			case "stop reading":
				checkStalledWrites(t, after.Writes-before.Writes, elapsed, after)
			case "panic":
				if after.Panics == 0 {
					t.Error("nobody panicked")
				}
			}
			t.Logf("%d others came, %d panicked, %d are slow, %d sends dropped, %d writes",
				after.Handshakes-1, after.Panics, after.Slow, after.Dropped, after.Writes-before.Writes)
		})
	}
}

// fill fills the sockets of all members, until what is owed to each stays over the high watermark.
func (b *broadcast) fill(t *testing.T, s *sockServer) {
	t.Helper()
	m := frame.NewMessage(frame.OpBinary, numbered(0, bigMessage))
	calm := 0
	s.Loop(0).Post(func() {
		for c := range b.members {
			hold(t, c)
		}
	})
	eventually(t, "all sockets are full", func() bool {
		done := make(chan struct{})
		s.Loop(0).Post(func() {
			defer close(done)
			calm++
			for c := range b.members {
				for c.SendMessage(m) != engine.Dropped {
					calm = 0
				}
			}
		})
		wait(t, "the loop", done)
		return calm > 20
	})
}

// checkStalledWrites judges that publishes do not try stalled sockets: they are tried at pauses that double, so the number
// of tries is bounded by the time and not by the number of publishes.
func checkStalledWrites(t *testing.T, writes uint64, elapsed time.Duration, st engine.Stats) {
	t.Helper()
	if st.Slow != badClients || st.Dropped < publishes*badClients/2 {
		t.Errorf("%d of %d are slow, %d sends dropped: they did not stall", st.Slow, badClients, st.Dropped)
	}
	// A full socket is tried after 4, 8, 16... 128 ms, and from the beginning whenever it took something, which
	// happens a few times: the kernel enlarges the buffers of a full socket. Twice that and more is allowed for.
	tries := (64 + 2*uint64(elapsed/(128*time.Millisecond))) * badClients
	if bound := publishes + 10 + tries; writes > bound {
		t.Errorf("%d writes for %d publishes in %v; want at most %d", writes, publishes, elapsed, bound)
	}
}

// comeAndGo keeps badClients clients coming until stop is closed: each connects, does its worst and is gone.
func comeAndGo(a net.Addr, stop <-chan struct{}, wg *sync.WaitGroup, worst func(*rawClient)) {
	for range badClients {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				nc, err := net.Dial(a.Network(), a.String())
				if err != nil {
					return
				}
				_ = nc.SetDeadline(time.Now().Add(time.Second))
				if c, err := shake(nc); err == nil {
					worst(c)
				}
				_ = nc.Close()
				time.Sleep(40 * time.Millisecond) // the machine's cores are the clients' too
			}
		})
	}
}
