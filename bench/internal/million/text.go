package million

import (
	"fmt"
	"strings"
	"time"

	"github.com/weir-ws/weir/bench/internal/result"
)

// Targets of the project for a million connections.
const (
	TargetPSS   = 700  // bytes of a server's memory for a connection
	TargetCores = 0.05 // of all servers together, with nothing but the heartbeat
)

// Markdown tells a result in a paragraph and a table. A broken run tells what it came to.
func Markdown(m *result.Million) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s connections over loopback, on %d server process%s of %d event loop%s that share a port, from %d client process%s.",
		grouped(int64(m.Connections)), m.Servers, plural(m.Servers, "es"), m.Loops, plural(m.Loops, "s"), m.Clients, plural(m.Clients, "es"))
	if m.Broken != "" {
		fmt.Fprintf(&b, " **The run was broken off in %s.**", m.Broken)
	}
	b.WriteString("\n\n| | figure | how |\n|---|---|---|\n")
	row := func(what, how, format string, args ...any) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", what, fmt.Sprintf(format, args...), how)
	}
	if c := m.Connect; c != nil {
		row("connect", "until the last handshake was verified", "%.1f s, %s a second", c.Seconds, grouped(int64(float64(m.Connections)/c.Seconds)))
		row("server CPU per handshake", "user and system, all servers, accept and join included", "%.1f us", m.HandshakeCPU())
		row("spread over the servers", "by the kernel's hash; fewest and most", "%s to %s", grouped(int64(c.Fewest)), grouped(int64(c.Most)))
	}
	if i := m.Idle; i != nil {
		row("idle, heartbeat included", fmt.Sprintf("CPU of all servers over %.0f s, a ping after %.0f s; %s pings were answered, at least one by each of %s connections; others used %.2f core; target < %.2f", i.Seconds, m.PingAfter, grouped(i.Pings), grouped(int64(i.Pinged)), i.Neighbours, TargetCores),
			"%.3f core", m.IdleCores())
		if i.Quiet > 0 {
			row("idle, no ping due", "CPU of all servers in the first seconds: their tickers and Go's own", "%.3f core", i.Quiet)
		}
		row("server CPU per ping", "all of that, divided by the pings that were answered", "%.1f us", m.PingCPU())
	}
	if m.Memory != nil && m.Memory.PSSHeld > 0 {
		row("server memory", fmt.Sprintf("PSS of all servers, less the same warm and empty (%d MiB), per connection; target <= %d B", m.Memory.PSSEmpty>>20, TargetPSS), "%.0f B a connection", m.PSS())
		row("kernel memory", fmt.Sprintf("growth of Slab (%d MiB), halved because both ends are here, per connection", (m.Memory.Held.Slab-m.Memory.Empty.Slab)>>20), "%.0f B a connection", m.Kernel())
		row("memory not available", "by how much MemAvailable fell, both ends; the kernel counts the part of Slab that it could give back as available", "%.1f GiB", float64(max(0, m.Memory.Empty.Available-m.Memory.Held.Available))/(1<<30))
	}
	if c := m.Broadcast; c != nil {
		row("broadcast", fmt.Sprintf("%d bytes published on all servers at once, from then to each connection's arrival", c.Size), "p50 %s, p99 %s, max %s", ns(c.Latency.P50), ns(c.Latency.P99), ns(c.Latency.Max))
		row("server CPU per delivery", "user and system, all servers", "%.2f us", m.DeliveryCPU())
	}
	if c := m.Cleanup; c != nil {
		row("disconnect of all at once", "by reset, until no server held one", "%.1f s, %.1f us of server CPU a connection", c.Seconds, (c.UserCPU+c.SystemCPU)*1e6/float64(m.Connections))
		row("server memory left", fmt.Sprintf("PSS over empty, %.0f s later", c.After), "%d MiB", (c.PSSLeft-m.Memory.PSSEmpty)>>20)
		row("kernel memory left", "Slab over what it was", "%d MiB", (c.Left.Slab-m.Memory.Empty.Slab)>>20)
	}
	return b.String()
}

func plural(n int, ending string) string {
	if n == 1 {
		return ""
	}
	return ending
}

// grouped is n with a comma between thousands.
func grouped(n int64) string {
	if n < 0 {
		return "-" + grouped(-n)
	}
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// ns is a latency with three figures.
func ns(n int64) string {
	d := time.Duration(n)
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.3g ms", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%.3g us", d.Seconds()*1e6)
}

// String is one line for a terminal.
func (p Progress) String() string {
	s := p.Phase + ": "
	if p.Total > 0 {
		s += fmt.Sprintf("%s of %s ", grouped(int64(p.Done)), grouped(int64(p.Total)))
	}
	s += p.Unit
	if p.Left > 0 {
		s += fmt.Sprintf(", about %.0f s left", p.Left.Seconds())
	}
	return s
}

// Describe says what a plan takes, before it begins.
func (p Plan) Describe(l Limits) string {
	return fmt.Sprintf("%s connections: %d server%s with %s each in the mean, %d client%s with up to %s, %d source address%s; at most %s descriptors a process\nabout %.1f GiB of memory, of %.1f available; %.1f stay free",
		grouped(int64(p.Conns)), p.Servers, plural(p.Servers, "s"), grouped(int64(p.PerServer)), p.Clients, plural(p.Clients, "s"), grouped(int64(p.PerClient)), sources(p), plural(sources(p), "es"),
		grouped(int64(l.OpenFiles)), gib(p.NeedMemory), gib(l.Memory), gib(l.Floor()))
}

func gib(n int64) float64 { return float64(n) / (1 << 30) }
