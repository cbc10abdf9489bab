package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

// Every figure here is invented: it is for the look of a report, and says nothing about any server.

// pretend is an invented server: what it costs against others, and what it is made of.
type pretend struct {
	name, kind string
	cost, coal float64 // CPU factor; how far coalescing helps it
	bytes      float64
}

var everybody = []pretend{
	{weir, "event loop", 1, .1, 640}, {"uws", "event loop", .95, .12, 470}, {"bun", "event loop", 1.1, .11, 1820}, {"nbio", "event loop", 1.6, 1, 1200},
	{"gobwas", "goroutine per connection", 1.3, 1, 5200}, {"gws", "goroutine per connection", 1.25, .9, 8100}, {"gorilla", "goroutine per connection", 1.3, .8, 24700},
	{"coder", "goroutine per connection", 1.5, .95, 32300}, {"node-ws", "node", 2, 1.2, 5260}, {"bare", "bare", .92, .09, 280},
}

// few is a cell or two of every kind.
func few() []cell.Cell {
	return slices.DeleteFunc(cell.All(), func(c cell.Cell) bool {
		return !c.Headline && !c.OnlyWeir && !slices.Contains([]string{"fan/18k/w8", "fan/1k/w8", "storm", "open/1k", "echo/200/128b/d1"}, c.Name)
	})
}

// six are enough to look at.
func six() []pretend {
	return []pretend{everybody[0], everybody[1], everybody[2], everybody[5], everybody[6], everybody[9]}
}

// invent makes the records of a whole run.
func invent(who []pretend, cells []cell.Cell, rounds int) []result.Record {
	rnd := rand.New(rand.NewPCG(1, 2))
	run := &result.Run{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Command: []string{"bench", "run", "--note", "invented figures"}, Weir: "v0-invented", Rounds: rounds,
		Machine: result.Machine{CPU: "Invented CPU @ 3.00GHz", Cores: 2, Memory: 8 << 30, Kernel: "6.1.0-invented", GoVersion: "go1.26.0", OpenFiles: 20000,
			Sysctl: map[string]string{"net.ipv4.tcp_congestion_control": "bbr", "net.ipv4.tcp_wmem": "4096 16384 4194304"}, LoadBefore: [3]float64{.1, .2, .3}, Virtual: "kvm"},
		Note: map[string]string{"figures": "invented, for the tests of the report"}}
	for _, p := range who {
		run.Servers = append(run.Servers, result.Server{Name: p.name, Version: "v1.2.3", Command: []string{"./" + p.name, "-addr", "127.0.0.1:0"}, Kind: p.kind})
	}
	out := []result.Record{{Run: run}}
	for _, c := range cells {
		run.Cells = append(run.Cells, c.Name)
		for round := 1; round <= rounds; round++ {
			for _, p := range who {
				if c.OnlyWeir && p.name != weir && p.kind != "bare" {
					continue
				}
				out = append(out, result.Record{Sample: p.sample(c, round, rnd)})
			}
		}
	}
	return append(out, result.Record{End: &result.End{Seconds: 1234, Load: .05}})
}

func (p pretend) sample(c cell.Cell, round int, rnd *rand.Rand) *result.Sample {
	wobble := 1 + .12*(rnd.Float64()-.5)
	s := &result.Sample{Cell: c.Name, Server: p.name, Round: round, Attempt: 1, Seconds: 5, LoadCPU: 2.5, Neighbours: .03 * rnd.Float64(), Connections: c.Conns,
		ConnectSeconds: float64(c.Conns) / 5000, RSSEmpty: 9 << 20}
	s.RSSHeld = s.RSSEmpty + int64(p.bytes*wobble*float64(max(c.Conns, 1)))
	s.RSSPeak = s.RSSHeld
	us := 8 * p.cost * wobble
	if c.Depth > 1 || c.Burst > 1 {
		us *= math.Pow(p.coal, math.Min(1, math.Log2(float64(max(c.Depth, c.Burst)))/4))
	}
	if c.Kind == cell.Idle {
		return s
	}
	s.UserCPU, s.SystemCPU = 1, 3.5
	if c.Kind == cell.Storm {
		s.Handshakes = int64(90000 / p.cost * wobble)
		return s
	}
	s.Messages = int64(4.5e6 / us)
	base := us * float64(c.Conns) * 1e3 * (.5 + p.coal)
	at := func(q float64) float64 { return base * (.4 + .25*-math.Log(1-q)) * wobble }
	s.Latency = &result.Latency{P50: int64(at(.5)), P90: int64(at(.9)), P99: int64(at(.99)), P999: int64(at(.999)), Max: int64(at(.9999))}
	for i := 1; i <= 30; i++ {
		q := math.Round((1-math.Pow(10, -float64(i)/8))*1e6) / 1e6
		s.Latency.Curve = append(s.Latency.Curve, [2]float64{q, math.Round(at(q))})
	}
	if c.Kind == cell.Slow {
		p.slow(c, s, rnd)
	}
	return s
}

func (p pretend) slow(c cell.Cell, s *result.Sample, rnd *rand.Rand) {
	grown := 0.0
	for i := 1; i <= 20; i++ {
		p99 := float64(s.Latency.P99) * (.9 + .2*rnd.Float64())
		if c.Stalled > 0 {
			grown = math.Min(float64(i)*8e6, (p.coal+.02)*1e8)
			p99 *= 1 + p.coal*float64(i)/10
		}
		s.Timeline = append(s.Timeline, result.Point{Seconds: float64(i) / 4, P99: int64(p99), RSS: s.RSSHeld + int64(grown), Delivered: 50000})
		s.RSSPeak = max(s.RSSPeak, s.RSSHeld+int64(grown))
	}
	if c.Stalled > 0 {
		for _, v := range []*int64{&s.Latency.P50, &s.Latency.P90, &s.Latency.P99, &s.Latency.P999, &s.Latency.Max} {
			*v = int64(float64(*v) * (1 + p.coal))
		}
		for i := range s.Latency.Curve {
			s.Latency.Curve[i][1] *= 1 + p.coal
		}
		s.Stalled = &result.Stalled{Readers: c.Stalled, Owed: 200 << 20, Closed: 50, Codes: map[string]int{"1013": 50}}
	}
}

// spoil makes of a run what a hard day makes of it: failures, a missing server, a noisy sample run again, no end.
func spoil(records []result.Record) []result.Record {
	missing := result.Record{Missing: &result.Missing{Name: "coder", Reason: "does not build here: go: module needs a <newer> toolchain"}}
	out := []result.Record{records[0], missing, {Missing: &result.Missing{Name: "node-ws", Reason: "node is not installed; install node 20 to have it"}}}
	for _, r := range records[1 : len(records)-1] {
		s := r.Sample
		switch {
		case s.Server == "gws" && s.Cell == "fan/1k/w8":
			r = result.Record{Failure: &result.Failure{Cell: s.Cell, Server: s.Server, Round: s.Round,
				Error: "connection 17: expected message 1041, got 1042 <script>alert(1)</script>"}}
		case s.Server == "bun" && s.Cell == "slow/50" && s.Round == 2:
			r = result.Record{Failure: &result.Failure{Cell: s.Cell, Server: s.Server, Round: s.Round, Error: "server ended: signal: killed"}}
		case s.Server == "uws" && s.Cell == "echo/200/128b/d16" && s.Round == 1:
			noisy := *s
			noisy.Noisy, noisy.Neighbours, noisy.UserCPU = true, .61, 9
			out = append(out, result.Record{Sample: &noisy})
			s.Attempt = 2
		case s.Cell == "storm" && s.Round == 3:
			return out
		}
		out = append(out, r)
	}
	return out
}

func joined(records []result.Record) *result.Set {
	s, err := result.Join([]string{"invented"}, [][]result.Record{records})
	if err != nil {
		panic(fmt.Sprintf("the invented run: %v", err))
	}
	return s
}
