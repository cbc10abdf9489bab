// Package report makes a page, a Markdown file and charts of what a run of the bench measured.
package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weir-ws/weir/bench/internal/result"
)

// Report is everything that is to be shown, in words and figures, before it is HTML or Markdown.
type Report struct {
	What     string   // what was measured, when, of which Weir
	Warnings []string // what a reader must know first: broken off, joined, busy neighbours
	Answer   []string // where Weir stands, in sentences
	Loses    []string // where it loses, a line for each rival
	Level    []string // where rounds do not tell them apart, likewise
	Headline Table
	Targets  []Outcome
	Medians  Table
	Latency  Table
	Sections []Section
	Scale    []Table // a million connections, over sockets and in memory
	Failures []result.Failure
	Missing  []result.Missing
	Samples  Table
	Servers  []result.Server
	Machine  [][2]string
	Commands []string
	Load     []string // neighbours, reruns
}

// New works a set out into a report.
func New(s *result.Set) *Report {
	r := &Report{What: what(s), Warnings: warnings(s), Headline: headline(s), Targets: judge(s), Medians: medians(s), Latency: latencyTable(s),
		Failures: s.Failures, Missing: s.Missing, Samples: samples(s), Servers: serversOf(s), Machine: machine(s.Runs[0]), Load: load(s), Scale: scaled(s)}
	r.Answer, r.Loses, r.Level = answer(s)
	a := artist{set: s, servers: r.Servers, cells: cellsOf(s), looks: looksOf(r.Servers)}
	r.Sections = a.sections()
	for _, run := range s.Runs {
		r.Commands = append(r.Commands, command(run.Command))
	}
	return r
}

func what(s *result.Set) string {
	var weirs []string
	for _, r := range s.Runs {
		if !slices.Contains(weirs, r.Weir) {
			weirs = append(weirs, r.Weir)
		}
	}
	m := s.Runs[0].Machine
	when := s.Runs[0].Time.UTC().Format("2 January 2006, 15:04 UTC")
	if n := len(s.Runs); n > 1 {
		when = fmt.Sprintf("%s to %s, %d runs", when, s.Runs[n-1].Time.UTC().Format("2 January 2006, 15:04 UTC"), n)
	}
	work := "at scale"
	if len(s.Cells) > 0 {
		work = fmt.Sprintf("and %s in %s, %s, interleaved", plural(max(len(s.Servers)-1, 0), "other server"), plural(len(s.Cells), "cell"), rounds(s))
	}
	return fmt.Sprintf("Weir %s %s. %s. %s, %s, Linux %s, %s, over loopback.", strings.Join(weirs, ", "), work, when, m.CPU,
		plural(m.Cores, "core"), m.Kernel, m.GoVersion)
}

// rounds says in how many rounds a cell was measured: with several runs taken together that need not be the same for all.
func rounds(s *result.Set) string {
	seen := map[string]map[int]bool{}
	for _, c := range s.Cells {
		seen[c] = map[int]bool{}
	}
	for _, m := range s.Samples {
		seen[m.Cell][m.Round] = true
	}
	least, most := len(s.Samples), 0
	for _, r := range seen {
		least, most = min(least, len(r)), max(most, len(r))
	}
	if least < most {
		return fmt.Sprintf("%d to %s", least, plural(most, "round"))
	}
	return plural(most, "round")
}

func warnings(s *result.Set) []string {
	w := slices.Clone(s.Notes)
	if s.Broken > 0 {
		w = append(w, fmt.Sprintf("Broken off: %s without an end. What follows is what had been measured by then; some medians are of fewer rounds.", plural(s.Broken, "run")))
	}
	if _, ok := s.Server(weir); !ok && len(s.Cells) > 0 {
		w = append(w, "Weir took no part in this run: there is nothing to compare the others with.")
	}
	if n := len(s.Failures); n > 0 {
		w = append(w, fmt.Sprintf("%s, named below: a server that loses or alters a message has no figure for that round.", plural(n, "failure")))
	}
	kept := 0
	for i := range s.Samples {
		if c := &s.Samples[i]; !c.Noisy && c.Neighbours > busy {
			kept++
		}
	}
	if kept > 0 {
		w = append(w, fmt.Sprintf("%s although other processes used more than %.1f core, because running again did not help.", plural(kept, "sample")+" had to be kept", busy))
	}
	return w
}

// busy is how many cores neighbours may use before a sample is run again.
const busy = 0.2

// command is a command line that a shell would read as it was.
func command(args []string) string {
	q := make([]string, len(args))
	for i, a := range args {
		if a == "" || strings.ContainsAny(a, " \t\n'\"\\$`*?&|;<>()#~") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		q[i] = a
	}
	return strings.Join(q, " ")
}
