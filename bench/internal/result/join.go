package result

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Join takes the records of several files together; names are those of the files, for errors. Runs of different machines
// are an error: no ratio across them means anything.
func Join(names []string, files [][]Record) (*Set, error) {
	s := &Set{}
	offset, open := 0, false
	var first string
	for i, records := range files {
		for _, r := range records {
			if r.Run == nil && !open {
				return nil, fmt.Errorf("%s: a record stands outside any run: is the beginning of the file lost?", names[i])
			}
			switch {
			case r.Run != nil:
				if len(s.Runs) == 0 {
					first = names[i]
				} else if d := s.Runs[0].Machine.differs(r.Run.Machine); len(d) > 0 {
					return nil, fmt.Errorf("%s was measured on another machine than %s (%s): report each by itself", names[i], first, strings.Join(d, "; "))
				}
				if open {
					s.Broken++
				}
				offset = s.rounds()
				s.begin(*r.Run)
				open = true
			case r.Missing != nil:
				s.Missing = append(s.Missing, *r.Missing)
			case r.Sample != nil:
				c := *r.Sample
				c.Round += offset
				s.Samples = append(s.Samples, c)
				s.Cells = appendNew(s.Cells, c.Cell)
			case r.Failure != nil:
				c := *r.Failure
				c.Round += offset
				s.Failures = append(s.Failures, c)
				s.Cells = appendNew(s.Cells, c.Cell)
			case r.Scale != nil:
				s.Scales = append(s.Scales, *r.Scale)
			case r.Million != nil:
				s.Millions = append(s.Millions, *r.Million)
			case r.End != nil:
				s.Ends = append(s.Ends, *r.End)
				open = false
			}
		}
		if open {
			s.Broken++
			open = false
		}
	}
	if len(s.Runs) == 0 {
		return nil, errors.New("no run in these files: give the .jsonl that bench run wrote")
	}
	s.dropFound()
	return s, nil
}

func (s *Set) begin(r Run) {
	if len(s.Runs) > 0 && r.Weir != s.Runs[0].Weir {
		s.Notes = append(s.Notes, fmt.Sprintf("The runs are of different checkouts of Weir: %s and %s.", s.Runs[0].Weir, r.Weir))
	}
	for _, v := range r.Servers {
		at := slices.IndexFunc(s.Servers, func(o Server) bool { return o.Name == v.Name })
		switch {
		case at < 0:
			s.Servers = append(s.Servers, v)
		case v.Version != s.Servers[at].Version:
			s.Notes = append(s.Notes, fmt.Sprintf("The runs are of different versions of %s: %s and %s.", v.Name, s.Servers[at].Version, v.Version))
		}
	}
	for _, c := range r.Cells {
		s.Cells = appendNew(s.Cells, c)
	}
	s.Runs = append(s.Runs, r)
}

// dropFound forgets that a server was missing in one run if it took part in another, and says a missing one once.
func (s *Set) dropFound() {
	var kept []Missing
	for _, m := range s.Missing {
		found := slices.ContainsFunc(s.Servers, func(v Server) bool { return v.Name == m.Name })
		if !found && !slices.Contains(kept, m) {
			kept = append(kept, m)
		}
	}
	s.Missing = kept
}

// differs says in words how the machine is another one. The load it had before and a percent of memory do not make it another.
func (m Machine) differs(o Machine) []string {
	var d []string
	say := func(what string, a, b any) {
		if a != b {
			d = append(d, fmt.Sprintf("%s: %v, %v", what, b, a))
		}
	}
	say("CPU", m.CPU, o.CPU)
	say("cores", m.Cores, o.Cores)
	say("kernel", m.Kernel, o.Kernel)
	say("Go", m.GoVersion, o.GoVersion)
	say("hypervisor", m.Virtual, o.Virtual)
	if math.Abs(float64(m.Memory-o.Memory)) > 0.01*float64(m.Memory) {
		say("memory", m.Memory, o.Memory)
	}
	for _, k := range slices.Sorted(maps.Keys(m.Sysctl)) {
		if v, ok := o.Sysctl[k]; ok {
			say(k, m.Sysctl[k], v)
		}
	}
	return d
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
