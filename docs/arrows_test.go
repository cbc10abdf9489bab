package docs_test

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/weir-ws/weir/"

// arrows names, for each part, the parts of ours it may stand on: frame <- engine, frame <- hub,
// (engine + hub) <- raw, binance, feed <- cmd. See docs/design.md.
var arrows = map[string][]string{
	"frame":                    {},
	"engine":                   {"frame"},
	"engine/enginetest":        {"engine", "frame"},
	"engine/exam":              {},
	"hub":                      {"frame"},
	"hub/raw":                  {"engine", "frame", "hub"},
	"hub/binance":              {"engine", "frame", "hub", "hub/internal/lease", "hub/raw"},
	"hub/feed/book":            {"frame", "hub"},
	"hub/feed/client":          {"frame", "hub", "hub/feed/redial"},
	"hub/feed/msgpack":         {},
	"hub/feed/web":             {},
	"hub/feed":                 {"engine", "frame", "hub", "hub/feed/msgpack", "hub/internal/lease"},
	"hub/feed/source":          {},
	"hub/feed/redial":          {},
	"hub/feed/source/upstream": {"frame", "hub", "hub/feed/client", "hub/feed/redial", "hub/feed/source"},

	"hub/hubtest":    {"frame", "hub"},
	"hub/brokertest": {"frame", "hub", "hub/hubtest"},
}

// Every package must have its place in the table; what cmd, docs and internal packages hold may stand on anything.
func TestEveryPackageHasItsPlace(t *testing.T) {
	for _, pkg := range strings.Fields(run(t, "list", "./...")) {
		rel := strings.TrimPrefix(pkg, module)
		if _, ok := arrows[rel]; ok || strings.HasPrefix(rel, "cmd/") || rel == "docs" ||
			strings.Contains(rel, "/internal/") || strings.Contains(rel, "/cmd/") {
			continue
		}
		t.Errorf("%s has no place in the table of arrows: say what it may stand on, here and in docs/design.md", rel)
	}
}

func TestImportsPointOneWay(t *testing.T) {
	for pkg, allowed := range arrows {
		may := map[string]bool{pkg: true}
		for _, a := range allowed {
			may[a] = true
		}
		for _, dep := range deps(t, pkg) {
			rel, ours := strings.CutPrefix(dep, module)
			if !ours || may[rel] || inside(rel, pkg, allowed) {
				continue
			}
			t.Errorf("%s imports %s: the design lets it stand on %v only", pkg, rel, allowed)
		}
	}
}

// inside allows a part's own internal packages and those of the parts it stands on.
func inside(rel, pkg string, allowed []string) bool {
	for _, a := range append(allowed, pkg) {
		if strings.HasPrefix(rel, a+"/internal/") {
			return true
		}
	}
	return false
}

// Outsiders that only one part may know.
func TestOnlyOnePartKnows(t *testing.T) {
	only := map[string]string{
		"github.com/panjf2000/gnet/v2": "engine",
		"github.com/gobwas/ws":         "frame",
	}
	out := run(t, "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...")
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		for _, imp := range fields[1:] {
			for lib, owner := range only {
				if (imp == lib || strings.HasPrefix(imp, lib+"/")) && fields[0] != module+owner {
					t.Errorf("%s imports %s, which only %s may know", fields[0], imp, owner)
				}
			}
		}
	}
}

func deps(t *testing.T, pkg string) []string {
	return strings.Fields(run(t, "list", "-deps", "./"+pkg))
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}
