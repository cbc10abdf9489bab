package exam

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Result is the verdict on one case.
type Result struct {
	Case    Case
	Verdict Verdict
	Err     error         // nil if OK; a *Finding, or what kept the case from being sat
	Elapsed time.Duration // from before the connect
}

// Report is what came of an exam.
type Report struct {
	Target  string
	Results []Result      // in the order of the cases
	Unsat   int           // cases without a result, because the context ended
	Elapsed time.Duration // of the whole exam
}

// OK is whether every case was sat and ended OK.
func (r Report) OK() bool {
	return r.Unsat == 0 && len(r.Bad()) == 0
}

// Bad are the results that are not OK.
func (r Report) Bad() []Result {
	var bad []Result
	for _, res := range r.Results {
		if res.Verdict != OK {
			bad = append(bad, res)
		}
	}
	return bad
}

// Tally counts the verdicts of a section; "" counts all.
func (r Report) Tally(section string) (ok, nonStrict, failed int) {
	for _, res := range r.Results {
		if section != "" && res.Case.Section != section {
			continue
		}
		switch res.Verdict {
		case OK:
			ok++
		case NonStrict:
			nonStrict++
		default:
			failed++
		}
	}
	return ok, nonStrict, failed
}

// WriteTo prints a table of the sections, then every case that did not end OK
// with what was wanted and what came. It implements io.WriterTo.
func (r Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(tw, "section\tcases\tOK\tnon-strict\tfailed\tslowest\t") // to memory: cannot fail
	row := func(name, section string) {
		ok, lax, bad := r.Tally(section)
		_, _ = fmt.Fprintf(tw, "%s\t%d\t%d\t%d\t%d\t%v\t\n", name, ok+lax+bad, ok, lax, bad, r.slowest(section).Round(time.Millisecond))
	}
	for _, s := range sections {
		if ok, lax, bad := r.Tally(s.name); ok+lax+bad > 0 {
			row(s.name, s.name)
		}
	}
	row("all", "")
	_ = tw.Flush()
	for _, res := range r.Bad() {
		b.WriteString("\n" + res.String() + "\n")
	}
	if r.Unsat > 0 {
		_, _ = fmt.Fprintf(&b, "\n%d cases were not sat.\n", r.Unsat)
	}
	_, _ = fmt.Fprintf(&b, "\n%s: %d cases in %v.\n", r.Target, len(r.Results), r.Elapsed.Round(time.Millisecond))
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// String is the report as WriteTo prints it.
func (r Report) String() string {
	var b strings.Builder
	_, _ = r.WriteTo(&b) // to memory: cannot fail
	return b.String()
}

func (r Report) slowest(section string) (d time.Duration) {
	for _, res := range r.Results {
		if section == "" || res.Case.Section == section {
			d = max(d, res.Elapsed)
		}
	}
	return d
}

// String is the result in full: one line if OK, else with rule, want and got.
func (r Result) String() string {
	s := fmt.Sprintf("%-10s %s (%v)", r.Verdict, r.Case, r.Elapsed.Round(time.Millisecond))
	if r.Err == nil {
		return s
	}
	s += "\n    rule: " + r.Case.Doc
	f, ok := errors.AsType[*Finding](r.Err)
	if !ok {
		return s + "\n    got:  " + r.Err.Error()
	}
	if r.Err != error(f) {
		s += "\n    at:   " + strings.TrimSuffix(r.Err.Error(), ": "+f.Error())
	}
	s += "\n    want: " + f.Want + "\n    got:  " + f.Got
	if len(f.Bytes) > 0 {
		s += "\n    hex:  " + hexHead(f.Bytes)
	}
	return s
}
