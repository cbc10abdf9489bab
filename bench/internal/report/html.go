package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
)

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"css": func() template.CSS { return template.CSS(chartCSS + pageCSS) },
	// The charts are of our own making, and escape what is not.
	"svg":     func(s string) template.HTML { return template.HTML(s) },
	"class":   func(v Verdict) string { return strings.ReplaceAll(string(v), " ", "-") },
	"command": command,
	"first":   func(charts []Chart) []Chart { return rank(charts, false) },
	"more":    func(charts []Chart) []Chart { return rank(charts, true) },
}).Parse(pageHTML))

func rank(charts []Chart, more bool) []Chart {
	var of []Chart
	for _, c := range charts {
		if c.More == more {
			of = append(of, c)
		}
	}
	return of
}

// HTML writes the report as one page that needs nothing else: no script, no font, no picture from elsewhere.
func (r *Report) HTML(w io.Writer) error {
	if err := page.Execute(w, r); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
