package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

// TestEveryRunHasAReport makes reports of runs that lack this or that. With BENCH_LOOK set to a directory they are left
// there, to be looked at.
func TestEveryRunHasAReport(t *testing.T) {
	all := invent(everybody, cell.All(), 3)
	runs := map[string][]result.Record{
		"all":        all,
		"one round":  invent(six(), cell.All(), 1),
		"only weir":  invent(everybody[:1], cell.All(), 2),
		"no weir":    invent(everybody[1:3], few(), 2),
		"broken off": spoil(invent(everybody, cell.All(), 3)),
		"begun":      all[:1],
		"a sample":   all[:2],
	}
	for name, records := range runs {
		t.Run(name, func(t *testing.T) {
			r := New(joined(records))
			var html, md bytes.Buffer
			if err := r.HTML(&html); err != nil {
				t.Fatal(err)
			}
			if err := r.Markdown(&md, "charts"); err != nil {
				t.Fatal(err)
			}
			for _, s := range []string{"NaN", "Inf", "%!", "undefined"} {
				if strings.Contains(html.String(), s) || strings.Contains(md.String(), s) {
					t.Errorf("%q is in the report", s)
				}
			}
			if broken := strings.Contains(html.String(), "Broken off:"); broken != (records[len(records)-1].End == nil) {
				t.Errorf("says broken off: %t", broken)
			}
			if dir := os.Getenv("BENCH_LOOK"); dir != "" {
				if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".html"), html.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
