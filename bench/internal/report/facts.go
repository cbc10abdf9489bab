package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weir-ws/weir/bench/internal/result"
)

// machine is what the figures depend on, as pairs of a name and a value.
func machine(r result.Run) [][2]string {
	m := r.Machine
	facts := [][2]string{{"CPU", fmt.Sprintf("%s, %s", m.CPU, plural(m.Cores, "core"))}}
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, [2]string{name, value})
		}
	}
	add("Hypervisor", m.Virtual)
	add("Memory", fmt.Sprintf("%.1f GiB", float64(m.Memory)/(1<<30)))
	add("Kernel", m.Kernel)
	add("Go", m.GoVersion)
	add("Open files", fmt.Sprintf("%s a process at most", count(int64(m.OpenFiles))))
	add("Load before the run", fmt.Sprintf("%.2f, %.2f, %.2f (1, 5 and 15 minutes)", m.LoadBefore[0], m.LoadBefore[1], m.LoadBefore[2]))
	for _, k := range slices.Sorted(maps.Keys(m.Sysctl)) {
		add(k, m.Sysctl[k])
	}
	for _, k := range slices.Sorted(maps.Keys(r.Note)) {
		add(k, r.Note[k])
	}
	return facts
}

// load says what else the machine did meanwhile, and which samples were run again for it.
func load(s *result.Set) []string {
	var says []string
	for i, e := range s.Ends {
		says = append(says, fmt.Sprintf("Run %d took %.0f s; other processes used %.2f core on average.", i+1, e.Seconds, e.Load))
	}
	var most float64
	var noisy []string
	for i := range s.Samples {
		c := &s.Samples[i]
		if c.Noisy {
			noisy = append(noisy, fmt.Sprintf("%s in %s, round %d (%.2f core)", c.Server, c.Cell, c.Round, c.Neighbours))
			continue
		}
		most = max(most, c.Neighbours)
	}
	if len(s.Samples) > len(noisy) {
		says = append(says, fmt.Sprintf("Of the samples that count, the one with the busiest neighbours had %.2f core beside it.", most))
	}
	switch len(noisy) {
	case 0:
		return append(says, "No sample had to be run again for noise.")
	default:
		return append(says, fmt.Sprintf("Run again because neighbours used more than %.1f core, the noisy sample left out: %s.", busy, strings.Join(noisy, "; ")))
	}
}

// samples is every sample of the set as it was measured.
func samples(s *result.Set) Table {
	t := Table{Head: []string{"Cell", "server", "round", "messages", "user s", "system s", "load gen. s", "window s", "neighbours", "µs/message", "p50 ms", "p99 ms", "connections", "B/connection", "growth MB", "handshakes", ""}}
	for i := range s.Samples {
		c := &s.Samples[i]
		p50 := latency("", func(l *result.Latency) int64 { return l.P50 })
		remark := ""
		if c.Attempt > 1 {
			remark = fmt.Sprintf("attempt %d", c.Attempt)
		}
		if c.Noisy {
			remark = strings.TrimPrefix(remark+", noisy: left out", ", ")
		}
		t.Rows = append(t.Rows, fields(c.Cell, c.Server, fmt.Sprint(c.Round), zero(c.Messages), sig(c.UserCPU), sig(c.SystemCPU), sig(c.LoadCPU), sig(c.Seconds),
			fmt.Sprintf("%.2f", c.Neighbours), figured(cpu, c), figured(p50, c), figured(p99, c), zero(int64(c.Connections)), figured(memory, c), figured(growth, c), zero(c.Handshakes), remark))
	}
	return t
}

func fields(text ...string) []Field {
	f := make([]Field, len(text))
	for i := range text {
		f[i].Text = text[i]
	}
	return f
}

func zero(n int64) string {
	if n == 0 {
		return ""
	}
	return count(n)
}

func figured(f figure, s *result.Sample) string {
	if v := f.of(s); v == v {
		return sig(v)
	}
	return ""
}
