package metrics

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/knadh/koanf/parsers/yaml"

	"github.com/weir-ws/weir/engine"
)

const docs = "../../../../docs"

// The table of docs/operations.md is made of the collector itself: it has every metric and no other, and says what HELP says.
func TestTableInTheDocumentation(t *testing.T) {
	path := filepath.Join(docs, "operations.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "-update -->\n", "<!-- /metrics -->"
	head, rest, ok := strings.Cut(string(text), from)
	table, tail, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatal("the marks of the table are gone")
	}
	want := documented(t)
	if *update {
		if err := os.WriteFile(path, []byte(head+from+want+to+tail), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != want {
		t.Errorf("the table is\n%s\nthe collector says\n%s\n(go test -update writes it anew)", table, want)
	}
}

// documented is the table, in the order in which the metrics are declared.
func documented(t *testing.T) string {
	t.Helper()
	families, err := newFed(t).reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, f := range families {
		label := ""
		if l := f.Metric[0].Label; len(l) > 0 {
			label = "`" + l[0].GetName() + "`"
		}
		rows[f.GetName()] = fmt.Sprintf("| `%s` | %s | %s | %s |\n", f.GetName(), strings.ToLower(f.GetType().String()), label, f.GetHelp())
	}
	var b strings.Builder
	b.WriteString("| metric | type | label | |\n|---|---|---|---|\n")
	for i := range scalars {
		b.WriteString(rows[scalars[i].name])
		delete(rows, scalars[i].name)
	}
	for i := range histograms {
		b.WriteString(rows[histograms[i].name])
		delete(rows, histograms[i].name)
	}
	if len(rows) > 0 {
		t.Errorf("metrics that are not declared: %v", rows)
	}
	return b.String()
}

var named = regexp.MustCompile(`\b(weir|go|process)_[a-z0-9_]+\b`)

// exported is every name that a query may use.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	families, err := Registry(newFed(t).sources).Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range families {
		if f.GetType().String() != "HISTOGRAM" {
			names[f.GetName()] = true
			continue
		}
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			names[f.GetName()+part] = true
		}
	}
	return names
}

// check reports names of expr that nobody exports, and operators that find no pair.
func check(t *testing.T, where, expr string, known map[string]bool) (used []string) {
	t.Helper()
	used = named.FindAllString(expr, -1)
	if len(used) == 0 {
		t.Errorf("%s: no metric in %s", where, expr)
	}
	for _, n := range used {
		if !known[n] {
			t.Errorf("%s: nobody exports %s in %s", where, n, expr)
		}
	}
	if unpaired(expr) {
		t.Errorf("%s: the operands of %s have different labels, so it is always empty; write ignoring (LABEL)", where, expr)
	}
	return used
}

var (
	operator   = regexp.MustCompile(` (?:==|and|[<>*/])(?: (on|ignoring) \(([^)]*)\))? `)
	aggregated = regexp.MustCompile(`\b(?:sum|max) ?(?:by \(([^)]*)\) ?)?\(`)
)

// unpaired tells whether expr has an operator between vectors whose labels differ by one of ours. Prometheus pairs samples by all
// their labels, and takes what has no partner for nothing, without a word: an alert of that kind never fires.
func unpaired(expr string) bool {
	labels := map[string]string{}
	for i := range scalars {
		labels[scalars[i].name] = scalars[i].label
	}
	ignored, operands, from := map[string]bool{}, []string{}, 0
	for _, at := range operator.FindAllStringSubmatchIndex(expr, -1) {
		operands, from = append(operands, expr[from:at[0]]), at[1]
		if at[2] < 0 {
			continue
		}
		if expr[at[2]:at[3]] == "on" {
			return false
		}
		for _, l := range strings.Split(expr[at[4]:at[5]], ", ") {
			ignored[l] = true
		}
	}
	seen := map[string]bool{}
	for _, o := range append(operands, expr[from:]) {
		name := named.FindString(o)
		if name == "" {
			continue // a number
		}
		label := labels[name]
		if by := aggregated.FindStringSubmatch(o); by != nil {
			label = by[1]
		}
		if ignored[label] {
			label = ""
		}
		seen[label] = true
	}
	return len(seen) > 1
}

func TestUnpaired(t *testing.T) {
	for expr, want := range map[string]bool{
		`weir_ready == 0 and weir_draining == 0`:                                                                        false,
		`weir_connections > 0.9 * weir_connections_max`:                                                                 false,
		`max by (instance) (weir_loop_lag_seconds) > 0.25`:                                                              false,
		`sum(rate(weir_messages_sent_total[5m])) / sum(rate(weir_writes_total[5m]))`:                                    false,
		`weir_slow_subscriptions{policy="conflate"} > 0.1 * weir_subscriptions`:                                         true,
		`weir_slow_subscriptions{policy="conflate"} > ignoring (policy) 0.1 * weir_subscriptions`:                       false,
		`weir_slow_subscriptions{policy="conflate"} > on (instance, job) weir_subscriptions`:                            false,
		`rate(weir_messages_dropped_total{reason="closing"}[5m]) / rate(weir_messages_sent_total[5m])`:                  true,
		`sum by (reason) (rate(weir_messages_dropped_total[5m])) / sum(rate(weir_messages_sent_total[5m]))`:             true,
		`sum(rate(weir_messages_dropped_total{reason="closing"}[5m])) / sum(rate(weir_messages_sent_total[5m])) > 0.01`: false,
	} {
		if got := unpaired(expr); got != want {
			t.Errorf("%s: %v", expr, got)
		}
	}
}

// The dashboard asks for what there is, and shows all that is ours.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(docs, "deploy/grafana/weir.json"))
	if err != nil {
		t.Fatal(err)
	}
	type panel struct {
		ID      int
		Title   string
		Type    string
		Targets []struct{ RefID, Expr string }
		GridPos struct{ X, Y, W, H int }
	}
	var d struct {
		UID    string
		Panels []panel
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	known, shown := exported(t), map[string]bool{}
	taken := map[[2]int]string{}
	for i, p := range d.Panels {
		if p.ID != i+1 || p.Title == "" || (p.Type == "row") != (len(p.Targets) == 0) {
			t.Errorf("panel %d is %+v", i, p)
		}
		for x := range p.GridPos.W {
			for y := range p.GridPos.H {
				at := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
				if other, ok := taken[at]; ok || at[0] >= 24 {
					t.Fatalf("%q lies on %q", p.Title, other)
				}
				taken[at] = p.Title
			}
		}
		for _, target := range p.Targets {
			for _, n := range check(t, p.Title, target.Expr, known) {
				shown[n] = true
			}
		}
	}
	for n := range known {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(n, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(n, "weir_") && !shown[n] && !shown[base+"_bucket"] {
			t.Errorf("the dashboard does not show %s", n)
		}
	}
}

func TestAlerts(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(docs, "deploy/prometheus/weir.rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := yaml.Parser().Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	known := exported(t)
	seen := []string{}
	for _, g := range m["groups"].([]any) {
		for _, r := range g.(map[string]any)["rules"].([]any) {
			rule := r.(map[string]any)
			name, _ := rule["alert"].(string)
			expr, _ := rule["expr"].(string)
			notes, _ := rule["annotations"].(map[string]any)
			if slices.Contains(seen, name) || name == "" || notes["summary"] == nil {
				t.Errorf("rule %v", rule)
			}
			seen = append(seen, name)
			if !strings.HasPrefix(expr, "up{") {
				check(t, name, expr, known)
			}
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %v", seen)
	}
}

// Every reason is explained to those who see it in a graph.
func TestReasonsInTheDocumentation(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(docs, "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range engine.Reasons() {
		if !strings.Contains(string(text), "`"+r.String()+"`") {
			t.Errorf("operations.md does not say what %s is", r)
		}
	}
}
