package engine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// The simulation: an engine in memory, on a fake clock, under a random schedule of everything that can happen to
// it, beside a model of what each client and each callback must then see. One goroutine, one source of
// randomness: a seed repeats its run exactly.

var (
	simSeed  = flag.Int64("sim.seed", -1, "run this seed of the simulation alone, and print its schedule")
	simSeeds = flag.Int("sim.n", 0, "number of seeds of the simulation (0: a few thousand)")
)

func TestSimulation(t *testing.T) {
	if *simSeed >= 0 {
		s := newSim(t, uint64(*simSeed))
		defer func() { t.Log(strings.Join(s.log, "\n")) }()
		s.run()
		return
	}
	n := *simSeeds
	switch {
	case n > 0:
	case underRace:
		n = 200
	case testing.Short():
		n = 1000
	default:
		n = 4000
	}
	const parts = 4
	var sums [parts]engine.Stats
	t.Run("seeds", func(t *testing.T) {
		for part := range parts {
			t.Run(fmt.Sprint(part), func(t *testing.T) {
				t.Parallel()
				for seed := part; seed < n; seed += parts {
					s := newSim(t, uint64(seed))
					s.run()
					addStats(&sums[part], s.s.Engine().Stats())
				}
			})
		}
	})
	var sum engine.Stats
	for _, s := range sums {
		addStats(&sum, s)
	}
	t.Logf("%d seeds: %+v", n, sum)
	// A schedule that never gets to what it is there for proves nothing.
	for name, v := range map[string]uint64{
		"handshakes": sum.Handshakes, "rejected": sum.Rejected, "handshake timeouts": sum.HandshakeTimeouts, "refused": sum.Refused,
		"messages in": sum.MessagesIn, "compressed messages in": sum.Inflations, "messages out": sum.MessagesOut, "dropped": sum.Dropped, "slow closed": sum.SlowClosed,
		"pings": sum.Pings, "ping timeouts": sum.PingTimeouts, "panics": sum.Panics, "1000": sum.Closed[1000], "1001": sum.Closed[1001], "1012": sum.Closed[1012],
		"1002": sum.Closed[1002], "1005": sum.Closed[1005], "1006": sum.Closed[1006], "1011": sum.Closed[1011], "1013": sum.Closed[1013], "4000": sum.Closed[3000],
	} {
		if v < uint64(n/100) {
			t.Errorf("only %d %s in %d seeds", v, name, n)
		}
	}
}

func addStats(sum *engine.Stats, s engine.Stats) {
	sum.Handshakes += s.Handshakes
	sum.Rejected += s.Rejected
	sum.HandshakeTimeouts += s.HandshakeTimeouts
	sum.Refused += s.Refused
	sum.MessagesIn += s.MessagesIn
	sum.MessagesOut += s.MessagesOut
	sum.Inflations += s.Inflations
	sum.Dropped += s.Dropped
	sum.SlowClosed += s.SlowClosed
	sum.Pings += s.Pings
	sum.PingTimeouts += s.PingTimeouts
	sum.Panics += s.Panics
	sum.BytesIn += s.BytesIn
	sum.BytesOut += s.BytesOut
	sum.Writes += s.Writes
	if sum.Closed == nil {
		sum.Closed = map[frame.Status]uint64{}
	}
	for code, n := range s.Closed {
		sum.Closed[code] += n
	}
}

type sim struct {
	t    *testing.T
	seed uint64
	r    *rand.Rand
	s    *enginetest.Server
	cfg  engine.Config // as it works, defaults filled in
	// exact: every read ends where the model has to know what it did, and Buffered is checked to the byte.
	// Otherwise reads end anywhere, and only what the clients see is.
	exact    bool
	conns    []*simConn // all there ever were
	depth    int        // callbacks under way
	draining bool
	checked  time.Duration // when afterStep last looked
	log      []string

	loopPosted, loopRan [3]int
}

const logKept = 200

func (s *sim) logf(format string, args ...any) {
	if len(s.log) >= 2*logKept && *simSeed < 0 {
		s.log = append(s.log[:0], s.log[logKept:]...)
	}
	s.log = append(s.log, fmt.Sprintf("%8v ", s.s.Now())+fmt.Sprintf(format, args...))
}

func (s *sim) fatalf(format string, args ...any) {
	s.t.Helper()
	tail := s.log[max(0, len(s.log)-60):]
	s.t.Fatalf("seed %d: %s\nrerun: go test -run 'TestSimulation$' -sim.seed %d\n%s", s.seed, fmt.Sprintf(format, args...), s.seed, strings.Join(tail, "\n"))
}

// Helper and Fatalf make a sim what an enginetest.Server reports to.
func (s *sim) Helper()                           {}
func (s *sim) Fatalf(format string, args ...any) { s.fatalf(format, args...) }

func (s *sim) chance(percent int) bool { return s.r.IntN(100) < percent }

func pick[T any](s *sim, of ...T) T { return of[s.r.IntN(len(of))] }

func newSim(t *testing.T, seed uint64) *sim {
	s := &sim{t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 0x57e1)), exact: seed%4 != 0}
	high := pick(s, 40, 300, 4096, 64<<10, 200<<10)
	s.cfg = engine.Config{
		Loops:            pick(s, 1, 1, 2, 3),
		HighWatermark:    high,
		LowWatermark:     1 + s.r.IntN(high-1),
		HardLimit:        high + s.r.IntN(3*high),
		Slow:             pick(s, engine.PolicyDrop, engine.PolicyDrop, engine.PolicyDisconnect),
		WriteTimeout:     pick(s, 20*time.Second, 20*time.Second, time.Second, -1),
		PingAfter:        pick(s, -1, 3*time.Second),
		DeadAfter:        pick(s, -1, 9*time.Second),
		CloseTimeout:     pick(s, 5*time.Second, 500*time.Millisecond),
		DrainWindow:      pick(s, time.Second, -1),
		DrainCode:        pick(s, frame.StatusGoingAway, frame.StatusServiceRestart),
		HandshakeTimeout: 5 * time.Second,
		FloodRate:        -1,
		// What the server sends is never long enough to be compressed, so that the model knows its bytes.
		Compression: engine.Compression{Enabled: s.chance(70), Threshold: 1 << 30, ClientContextTakeover: s.chance(50)},
		MaxConns:    pick(s, 0, 0, 3, 5),
		Logger:      slog.New(panicJudge{slog.DiscardHandler, s}),
	}
	s.s = enginetest.New(s, s.cfg, engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) {
			m := s.named(r.URL.Path)
			if r.URL.RawQuery == "no" {
				return engine.Accept{}, &engine.HTTPError{Status: 403}
			}
			return engine.Accept{User: m}, nil
		},
		Open:    func(c *engine.Conn) { s.of(c).onOpen(c) },
		Message: func(c *engine.Conn, op frame.Op, p []byte) { s.of(c).onMessage(c, op, p) },
		Drain:   func(c *engine.Conn) { s.of(c).onDrain(c) },
		Close:   func(c *engine.Conn, err error) { s.of(c).onClose(c, err) },
	})
	s.logf("exact %t, %+v", s.exact, s.cfg)
	return s
}

func (s *sim) named(path string) *simConn {
	var id int
	if _, err := fmt.Sscanf(path, "/%d", &id); err != nil {
		s.fatalf("a request for %q came", path)
	}
	return s.conns[id]
}

// of returns the model of the connection that a callback is about.
func (s *sim) of(c *engine.Conn) *simConn {
	m, ok := c.User().(*simConn)
	if !ok {
		s.fatalf("User is %v in a callback", c.User())
	}
	if m.conn != nil && (m.conn != c || m.ref != c.Ref()) {
		s.fatalf("conn %d: a callback is about another connection", m.id)
	}
	return m
}

// enter marks a callback; the func it returns marks its end.
func (s *sim) enter() func() {
	s.depth++
	return func() { s.depth-- }
}

func (s *sim) run() {
	for range 20 + s.r.IntN(300) {
		s.step()
		s.afterStep()
	}
	s.end()
}

// afterStep checks everybody.
func (s *sim) afterStep() {
	if s.depth != 0 {
		s.fatalf("%d callbacks are still under way", s.depth)
	}
	now := s.s.Now()
	for _, m := range s.conns {
		if !m.settled {
			m.check()
			m.checkTime(s.checked, now)
		}
	}
	s.checked = now
}

// elapse moves the clock and ticks all loops, in a random order. Ticks may come late, but not by seconds.
func (s *sim) elapse(d time.Duration) {
	s.logf("%v go by", d)
	for ; d > 0; d -= maxPause {
		s.s.Jump(min(d, maxPause))
		for _, i := range s.r.Perm(s.s.Engine().Loops()) {
			s.s.Tick(i)
		}
		if s.chance(70) {
			s.s.Settle()
		}
		if d > maxPause {
			s.afterStep()
		}
	}
}

const maxPause = 600 * time.Millisecond

// panicJudge reads in the engine's log which panics it has contained: only those that the simulation meant.
type panicJudge struct {
	slog.Handler
	s *sim
}

func (panicJudge) Enabled(context.Context, slog.Level) bool { return true }

func (j panicJudge) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "panic" && !strings.HasPrefix(a.Value.String(), "the simulation panics") {
			j.s.logf("%v", r.Message)
			r.Attrs(func(a slog.Attr) bool { j.s.logf("%v", a); return true })
			j.s.fatalf("a panic that was not meant: %v", a.Value)
		}
		return true
	})
	return nil
}

var errInjected = errors.New("injected")

const underRace = engine.RaceBuild
