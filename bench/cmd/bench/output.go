package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/report"
)

const (
	resultsFile = "results.jsonl"
	stamp       = "2006-01-02T150405" // of a run, in the name of its directory
)

// create makes a new file in dir, which is made if it is absent. A file of that name is not written over.
func create(dir, file string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("the directory for the results: %w", err)
	}
	name := filepath.Join(dir, file)
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o666)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s is there already: give another --out", name)
	}
	return f, err
}

// writeReports makes everything of the results in dir, and prints the headline.
func writeReports(out io.Writer, dir string) error {
	set, err := report.Load(filepath.Join(dir, resultsFile))
	if err != nil {
		return err
	}
	r := report.New(set)
	if len(set.Samples) > 0 {
		printHeadline(out, r)
	}
	return writeReport(out, r, filepath.Join(dir, "report.html"), filepath.Join(dir, "report.md"), filepath.Join(dir, "charts"))
}

// printHeadline is for a terminal: what the page says first.
func printHeadline(out io.Writer, r *report.Report) {
	for _, w := range r.Warnings {
		fmt.Fprintln(out, "!", w)
	}
	fmt.Fprintf(out, "\nHow many times Weir's figure each server's is; over 1, Weir is better.\n\n")
	printTable(out, r.Headline)
	for _, m := range r.Missing {
		fmt.Fprintf(out, "missing: %s: %s\n", m.Name, m.Reason)
	}
	for _, f := range r.Failures {
		fmt.Fprintf(out, "FAILED: %s in %s, round %d: %s\n", f.Server, f.Cell, f.Round, f.Error)
	}
	fmt.Fprintln(out)
}

// printTable aligns the columns: the first to the left, figures to the right.
func printTable(out io.Writer, t report.Table) {
	rows := [][]string{t.Head}
	for _, r := range t.Rows {
		var row []string
		for _, f := range r {
			row = append(row, strings.TrimSpace(f.Text+" "+f.Word))
		}
		rows = append(rows, row)
	}
	width := make([]int, len(t.Head))
	for _, row := range rows {
		for i, s := range row {
			width[i] = max(width[i], utf8.RuneCountInString(s))
		}
	}
	for _, row := range rows {
		for i, s := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(s))
			if i == 0 {
				fmt.Fprint(out, s, pad)
			} else {
				fmt.Fprint(out, "  ", pad, s)
			}
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out)
}

func listCells(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range cell.All() {
		note := ""
		if c.Headline {
			note = "headline"
		}
		if c.OnlyWeir {
			note = "weir and bare only"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.Name, c.Title, note)
	}
	_ = w.Flush()
}

// columns is the width of the terminal that w is, 0 if it is none.
func columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	if size.Col == 0 { // a terminal that does not know
		return 80
	}
	return int(size.Col)
}

// describe names the checkout that dir lies in; "unknown" without git.
func describe(ctx context.Context, dir string) string {
	cmd := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty")
	cmd.Dir = dir
	b, err := cmd.Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(b))
}
