package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The listing of design.md is how someone new finds the room for a change: it names every folder with Go code, and every file of engine, by
// itself or by a pattern.
func TestListingIsWhole(t *testing.T) {
	page, err := os.ReadFile("design.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```\n")
	listing, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("design.md has no listing")
	}
	for _, pkg := range strings.Fields(run(t, "list", "./...") + run(t, "-C", "bench", "list", "./...")) {
		rel := strings.TrimPrefix(pkg, module)
		if strings.HasPrefix(rel, "bench/servers/") { // they have a page of their own
			continue
		}
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(path.Base(rel)) + `\b`).MatchString(listing) {
			t.Errorf("the listing does not name %s", rel)
		}
	}

	files, err := filepath.Glob("../engine/*.go")
	if err != nil {
		t.Fatal(err)
	}
	unused := map[string]bool{}
	patterns := regexp.MustCompile(`[a-z_*]+\.go\b`).FindAllString(listing, -1)
	for _, p := range patterns {
		unused[p] = true
	}
	for _, file := range files {
		file = filepath.Base(file)
		named := strings.HasSuffix(file, "_test.go") || file == "doc.go" || file == "unsupported_windows.go"
		for _, p := range patterns {
			if ok, _ := path.Match(p, file); ok {
				named = true
				delete(unused, p)
			}
		}
		if !named {
			t.Errorf("the listing does not name engine/%s", file)
		}
	}
	for p := range unused {
		t.Errorf("no file of engine is called %s", p)
	}
}
