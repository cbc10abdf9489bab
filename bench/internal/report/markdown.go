package report

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// Markdown writes the report for a repository. charts is where the files of Charts lie as seen from it; empty leaves them out.
func (r *Report) Markdown(w io.Writer, charts string) error {
	m := &md{}
	m.line("# Weir beside its rivals", "", esc(r.What))
	for _, s := range r.Warnings {
		m.line("", "> "+esc(s))
	}
	m.line("", "## Where Weir stands", "")
	for _, s := range r.Answer {
		m.line(esc(s))
	}
	m.items("Weir loses:", r.Loses)
	m.items("Level, the rounds do not tell them apart:", r.Level)
	m.headline(r)
	m.line("", "## Targets", "", "Ratios are Weir's figure over the other's unless they say “times better”. The worst median of all cells and rivals decides.", "")
	m.targets(r.Targets)
	if len(r.Scale) == 0 {
		m.line("", "What a million connections cost is measured by `bench million` and `bench scale`, and not part of these results.")
	}
	for _, s := range r.Sections {
		if charts == "" {
			break
		}
		m.line("", "## "+s.Title, "", s.Text, "")
		for _, c := range s.Charts {
			m.line(fmt.Sprintf("![%s](%s)", esc(c.Alt()), path.Join(charts, c.File)))
		}
	}
	if len(r.Scale) > 0 {
		m.line("", "## A million connections")
	}
	for _, t := range r.Scale {
		m.line("")
		m.table(t)
	}
	if len(r.Medians.Rows) > 0 {
		m.line("", "## Figures", "", "Medians of the rounds.", "")
		m.table(r.Medians)
	}
	if len(r.Latency.Rows) > 0 {
		m.line("", "### Latency", "")
		m.table(r.Latency)
	}
	m.end(r)
	if _, err := io.WriteString(w, m.String()); err != nil {
		return fmt.Errorf("write the Markdown: %w", err)
	}
	return nil
}

// md is Markdown in the making.
type md struct{ strings.Builder }

func (m *md) line(lines ...string) {
	for _, l := range lines {
		m.WriteString(l + "\n")
	}
}

func (m *md) headline(r *Report) {
	if len(r.Headline.Rows) == 0 {
		return
	}
	m.line("", "How many times Weir's cost each server's is: over 1, Weir is better. CPU per message unless the row says otherwise; "+
		"the median of the ratios within each round. A bare loop of write(2) does no protocol: it is a reference and no rival.", "")
	m.table(r.Headline)
}

func (m *md) items(title string, items []string) {
	if len(items) == 0 {
		return
	}
	m.line("", title, "")
	for _, i := range items {
		m.line("- " + esc(i))
	}
}

func (m *md) table(t Table) {
	m.row(t.Head)
	m.line("|---" + strings.Repeat("|---:", len(t.Head)-1) + "|")
	for _, r := range t.Rows {
		cells := make([]string, len(r))
		for i, f := range r {
			cells[i] = strings.TrimSpace(f.Text + " " + f.Word)
			if f.Class == loses {
				cells[i] = "**" + cells[i] + "**"
			}
		}
		m.row(cells)
	}
}

func (m *md) row(cells []string) {
	for _, c := range cells {
		bold := strings.HasPrefix(c, "**") && strings.HasSuffix(c, "**") && len(c) > 4
		if bold {
			m.WriteString("| **" + esc(c[2:len(c)-2]) + "** ")
		} else {
			m.WriteString("| " + esc(c) + " ")
		}
	}
	m.line("|")
}

func (m *md) targets(os []Outcome) {
	m.line("| Target | bound | verdict | measured (the worst) | median of | remarks |", "|---|---|---|---|---|---|")
	for _, o := range os {
		verdict, of, worst := string(o.Verdict), "", o.Worst
		if o.Verdict == NotReached {
			verdict = "**" + verdict + "**"
		}
		if o.Rounds > 0 {
			of = plural(o.Rounds, "round")
			worst += " (" + o.Range + ")"
		}
		remarks := strings.Trim(o.Others+"; "+o.Gaps, "; ")
		m.row([]string{o.Target, o.Bound, verdict, worst, of, remarks})
	}
}

func (m *md) end(r *Report) {
	if len(r.Failures) > 0 {
		m.line("", "## Failures", "")
		for _, f := range r.Failures {
			m.line(fmt.Sprintf("- **%s** in %s, round %d: %s", esc(f.Server), esc(f.Cell), f.Round, esc(f.Error)))
		}
	}
	if len(r.Missing) > 0 {
		m.line("", "## Took no part", "")
		for _, f := range r.Missing {
			m.line(fmt.Sprintf("- **%s**: %s", esc(f.Name), esc(f.Reason)))
		}
	}
	m.line("", "## How to repeat it", "")
	for _, c := range r.Commands {
		m.line("    "+strings.ReplaceAll(c, "\n", " "), "")
	}
	for _, f := range r.Machine {
		m.line("- " + esc(f[0]) + ": " + esc(f[1]))
	}
	m.line("")
	for _, v := range r.Servers {
		m.line(fmt.Sprintf("- %s %s, %s", esc(v.Name), esc(v.Version), esc(v.Kind)))
	}
	m.line("")
	for _, l := range r.Load {
		m.line("- " + esc(l))
	}
}

// esc keeps text from being markup.
func esc(s string) string {
	return strings.NewReplacer("\n", " ", "\r", "", "|", "\\|", "<", "&lt;", ">", "&gt;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]").Replace(s)
}
