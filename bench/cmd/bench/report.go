package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/weir-ws/weir/bench/internal/report"
)

func newReportCommand() *cobra.Command {
	var html, markdown, svg string
	cmd := &cobra.Command{
		Use:   "report RESULTS.jsonl...",
		Short: "Make a page, Markdown and charts of what a run measured",
		Long: `Make a page, Markdown and charts of what a run measured.

Several results files are taken together if they are of the same machine. A run
that was broken off is reported as such. Without an option the Markdown goes to
the standard output, without charts.`,
		Example: `  bench report results.jsonl --html report.html
  bench report results.jsonl --markdown docs/results.md --svg docs/charts`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := report.Load(args...)
			if err != nil {
				return err
			}
			return writeReport(cmd.OutOrStdout(), report.New(set), html, markdown, svg)
		},
	}
	cmd.Flags().StringVar(&html, "html", "", "write one self-contained page to this `file`")
	cmd.Flags().StringVar(&markdown, "markdown", "", "write Markdown to this `file`")
	cmd.Flags().StringVar(&svg, "svg", "", "write each chart to a file in this `directory`; the Markdown refers to them")
	return cmd
}

// writeReport writes what was asked for, and says where it is.
func writeReport(out io.Writer, r *report.Report, html, markdown, svg string) error {
	if html == "" && markdown == "" && svg == "" {
		return r.Markdown(out, "")
	}
	if svg != "" {
		if err := r.Charts(svg); err != nil {
			return err
		}
		fmt.Fprintln(out, "charts:", svg)
	}
	if html != "" {
		if err := toFile(html, r.HTML); err != nil {
			return err
		}
		fmt.Fprintln(out, "page:", html)
	}
	if markdown != "" {
		charts := ""
		if svg != "" {
			rel, err := relative(filepath.Dir(markdown), svg)
			if err != nil {
				return err
			}
			charts = rel
		}
		if err := toFile(markdown, func(w io.Writer) error { return r.Markdown(w, charts) }); err != nil {
			return err
		}
		fmt.Fprintln(out, "Markdown:", markdown)
	}
	return nil
}

// relative is the way from a directory to another as a link has it.
func relative(from, to string) (string, error) {
	from, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	if to, err = filepath.Abs(to); err != nil {
		return "", err
	}
	rel, err := filepath.Rel(from, to)
	return filepath.ToSlash(rel), err
}

func toFile(name string, write func(io.Writer) error) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}
