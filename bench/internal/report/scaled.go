package report

import (
	"fmt"

	"github.com/weir-ws/weir/bench/internal/result"
)

// idleCores is the most that a million connections may use while nothing happens, heartbeat included.
const idleCores = 0.05

// judgeScale holds what was measured of a million connections against its targets.
func judgeScale(s *result.Set) []Outcome {
	var out []Outcome
	verdict := func(is bool) Verdict {
		if is {
			return Reached
		}
		return NotReached
	}
	for i := range s.Millions {
		m := &s.Millions[i]
		o := Outcome{Target: fmt.Sprintf("%s connections over sockets: CPU while idle, heartbeat included", count(int64(m.Connections))),
			Bound: fmt.Sprintf("< %.2f core", idleCores), Verdict: Unknown, Gaps: m.Broken}
		if m.Idle != nil && m.Idle.Seconds > 0 {
			v := m.IdleCores()
			o.Worst, o.Range, o.Rounds, o.Verdict = fmt.Sprintf("%.3f core", v), fmt.Sprintf("over %.0f s", m.Idle.Seconds), 1, verdict(v < idleCores)
		}
		out = append(out, o)
	}
	for i := range s.Scales {
		for _, m := range s.Scales[i].Measures {
			if m.Target > 0 {
				out = append(out, Outcome{Target: "In memory: " + m.Title, Bound: fmt.Sprintf("≤ %s ns per %s", sig(m.Target), m.Unit), Verdict: verdict(m.Met()),
					Worst: fmt.Sprintf("%s ns per %s", sig(m.Nanos), m.Unit), Range: "the median", Rounds: m.Rounds})
			}
		}
	}
	return out
}

// scaled are tables of what a million connections cost.
func scaled(s *result.Set) []Table {
	var ts []Table
	for i := range s.Millions {
		ts = append(ts, million(&s.Millions[i]))
	}
	for i := range s.Scales {
		ts = append(ts, inMemory(&s.Scales[i]))
	}
	return ts
}

func million(m *result.Million) Table {
	t := Table{Head: []string{fmt.Sprintf("%s connections, %s, %s", count(int64(m.Connections)), process(m.Servers, "server"), process(m.Clients, "client")), "measured"}}
	add := func(name, format string, args ...any) {
		t.Rows = append(t.Rows, fields(name, fmt.Sprintf(format, args...)))
	}
	if c := m.Connect; c != nil && m.Connections > 0 {
		add("Time to connect them all", "%.1f s", c.Seconds)
		add("Server CPU for one handshake", "%s µs", sig(m.HandshakeCPU()))
	}
	if c := m.Memory; c != nil && m.Connections > 0 {
		add("PSS of the servers, for each connection", "%s B", sig(m.PSS()))
		add("Kernel memory (slab) for one end of a connection", "%s B", sig(m.Kernel()))
	}
	if c := m.Idle; c != nil && c.Seconds > 0 {
		add(fmt.Sprintf("CPU while idle for %.0f s, %s pings answered", c.Seconds, count(c.Pings)), "%.3f core", m.IdleCores())
		add("Other processes meanwhile", "%.2f core", c.Neighbours)
	}
	if c := m.Broadcast; c != nil && c.Deliveries > 0 {
		add(fmt.Sprintf("Broadcast of %d B to %s: until all had it", c.Size, count(c.Deliveries)), "%.2f s", c.Seconds)
		add("Server CPU for one delivery", "%s µs", sig(m.DeliveryCPU()))
		if l := c.Latency; l != nil {
			add("Latency of the broadcast, p50 and p99", "%s ms, %s ms", sig(float64(l.P50)/1e6), sig(float64(l.P99)/1e6))
		}
	}
	if c := m.Cleanup; c != nil {
		add("All gone at once: until no server held any", "%.1f s", c.Seconds)
	}
	if m.Broken != "" {
		t.Rows = append(t.Rows, []Field{{Text: "Broken off"}, {Text: m.Broken, Class: "failed"}})
	}
	return t
}

func process(n int, what string) string {
	if n == 1 {
		return "1 " + what + " process"
	}
	return fmt.Sprintf("%d %s processes", n, what)
}

func inMemory(s *result.Scale) Table {
	t := Table{Head: []string{fmt.Sprintf("%s connections in memory, one process", count(int64(s.Connections))), "a round, ms", "each", "GC cycles", "longest pause, ms"}}
	for _, m := range s.Measures {
		t.Rows = append(t.Rows, fields(m.Title, sig(m.Seconds*1e3), fmt.Sprintf("%s ns per %s", sig(m.Nanos), m.Unit), count(int64(m.GC.Cycles)), sig(m.GC.PauseMax*1e3)))
	}
	if h := s.Heap; h.Total() > 0 {
		t.Rows = append(t.Rows, fields("Heap of a connection", "", fmt.Sprintf("%s B: engine %s, hub %s, in-memory transport %s", sig(h.Total()), sig(h.Engine), sig(h.Hub), sig(h.Transport)), "", ""))
	}
	return t
}
