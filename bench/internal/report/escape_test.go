package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/result"
)

const evil = `<img src=x onerror="alert(1)">&'|`

// hostile is a run in which whatever can be markup is.
func hostile() []result.Record {
	who := []pretend{everybody[0], {evil, evil, 1, 1, 1000}}
	records := invent(who, few(), 2)
	run := records[0].Run
	run.Weir, run.Command, run.Note = evil, []string{"bench", evil}, map[string]string{evil: evil}
	run.Machine.CPU, run.Machine.Kernel = evil, evil
	for i := range run.Servers {
		run.Servers[i].Version, run.Servers[i].Command = evil, []string{evil}
	}
	last := len(records) - 1
	return append(records[:last:last], result.Record{Missing: &result.Missing{Name: evil + "2", Reason: evil}},
		result.Record{Failure: &result.Failure{Cell: evil, Server: evil, Round: 1, Error: evil + "\n```"}}, records[last])
}

func TestNothingMeasuredBecomesMarkup(t *testing.T) {
	r := New(joined(hostile()))
	var html, md bytes.Buffer
	if err := errors.Join(r.HTML(&html), r.Markdown(&md, "charts")); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(html.String(), "<img"); n != 0 {
		t.Errorf("%d pictures in the page", n)
	}
	if !strings.Contains(html.String(), "&lt;img src=x") {
		t.Error("the name is not in the page at all")
	}
	for _, l := range strings.Split(md.String(), "\n") {
		if strings.Contains(l, "<img") && !strings.HasPrefix(l, "    ") { // a code block shows it as it is
			t.Errorf("a picture in the Markdown: %s", l)
		}
		if strings.HasPrefix(l, "| ") && !strings.Contains(l, "verdict") && strings.Contains(strings.ReplaceAll(l, `\|`, ""), "&'|") {
			t.Errorf("a name breaks its table: %s", l)
		}
	}
}

// TestThePageNeedsNothingElse: no address of anything outside it is loaded.
func TestThePageNeedsNothingElse(t *testing.T) {
	var html bytes.Buffer
	if err := New(joined(invent(six(), few(), 2))).HTML(&html); err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(html.String(), `xmlns="http://www.w3.org/2000/svg"`, "")
	for _, s := range []string{"http:", "https:", "src=", "url(", "@import", "<link", "<script", "<iframe"} {
		if strings.Contains(page, s) {
			t.Errorf("%q is in the page", s)
		}
	}
}

// TestChartFilesStandAlone parses every chart's file as XML, as a browser does with an SVG file, and looks for the styles that light
// and dark need. Its name must be one that needs no quoting anywhere.
func TestChartFilesStandAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	r := New(joined(hostile()))
	if err := r.Charts(dir); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	var md bytes.Buffer
	if err := r.Markdown(&md, "charts"); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.Trim(f.Name(), "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			t.Errorf("file name %q", f.Name())
		}
		if !strings.Contains(md.String(), "](charts/"+f.Name()+")") {
			t.Errorf("%s is not in the Markdown", f.Name())
		}
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(b, []byte("prefers-color-scheme:dark")) || !bytes.Contains(b, []byte(`class="ground"`)) {
			t.Errorf("%s lacks its styles", f.Name())
		}
		d := xml.NewDecoder(bytes.NewReader(b))
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name(), err)
			}
			if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "img" {
				t.Errorf("%s: a name became markup", f.Name())
			}
		}
	}
}
