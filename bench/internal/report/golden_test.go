package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/weir-ws/weir/bench/internal/result"
)

var update = flag.Bool("update", false, "write the golden files and the invented sample anew")

// TestGolden holds the page, the Markdown and a chart of the invented run to what somebody has looked at.
func TestGolden(t *testing.T) {
	sample := filepath.Join("testdata", "sample.jsonl")
	if *update {
		var b bytes.Buffer
		w := result.NewWriter(&b)
		for _, r := range spoil(invent(six(), few(), 3)) {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		b.WriteString(`{"sample":{"cell":"storm","server":"we`) // as a killed run leaves it
		if err := os.WriteFile(sample, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	set, err := Load(sample)
	if err != nil {
		t.Fatal(err)
	}
	r := New(set)
	var html, md bytes.Buffer
	if err := r.HTML(&html); err != nil {
		t.Fatal(err)
	}
	if err := r.Markdown(&md, "charts"); err != nil {
		t.Fatal(err)
	}
	golden(t, "sample.html", html.Bytes())
	golden(t, "sample.md", md.Bytes())
	dir := t.TempDir()
	if err := r.Charts(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cpu-fan-10k-w8.svg", "latency-fan-10k-w8.svg"} {
		svg, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, svg)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		gl, wl := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
		for i := range gl {
			if i >= len(wl) || !bytes.Equal(gl[i], wl[i]) {
				t.Fatalf("%s differs from line %d on; if it is as it should be, look at it in a browser and run go test ./internal/report -update\ngot: %.300s", name, i+1, gl[i])
			}
		}
		t.Fatalf("%s is shorter than it was", name)
	}
}
