// Command exam puts the WebSocket conformance exam to an echo server:
//
//	go run ./engine/exam/cmd/exam ws://127.0.0.1:9001/
//
// It prints a table of the sections and every case that was not answered as
// RFC 6455 asks for, and exits with 0 if there is none, 1 if there is, and 2 if
// it was called wrongly.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"time"

	"github.com/weir-ws/weir/engine/exam"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main with its surroundings as arguments, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("exam", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		_, _ = fmt.Fprintf(stderr, "usage: exam [flags] ws://host:port/path\n\nflags:\n")
		fs.PrintDefaults()
	}
	sections := fs.String("sections", "", "comma-separated sections to sit: "+strings.Join(exam.SectionNames(), ", ")+" (default all but deflate)")
	match := fs.String("run", "", "sit only the cases whose full name (section/name) matches this regular expression")
	maxMessage := fs.Int("max-message", 0, "largest message in bytes (default 16 MiB)")
	parallel := fs.Int("parallel", 0, "connections at a time (default 4)")
	deadline := fs.Duration("deadline", 0, "how long the server may make no progress (default 20s)")
	patience := fs.Duration("patience", 0, "how long fail-fast cases wait for a refusal (default: the deadline)")
	insecure := fs.Bool("insecure", false, "accept any certificate of a wss server")
	verbose := fs.Bool("v", false, "print every verdict as it comes, to stderr")
	list := fs.Bool("list", false, "list the cases and their rules instead of sitting them")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	o := exam.Options{MaxMessage: *maxMessage, Parallel: *parallel, Deadline: *deadline, Patience: *patience}
	if *sections != "" {
		o.Sections = strings.Split(*sections, ",")
	}
	if *match != "" {
		re, err := regexp.Compile(*match)
		if err != nil {
			_, _ = fmt.Fprintln(stderr, "exam: -run:", err)
			return 2
		}
		o.Match = re
	}
	if *verbose {
		o.Progress = func(r exam.Result) {
			_, _ = fmt.Fprintf(stderr, "%-10s %s (%v)\n", r.Verdict, r.Case, r.Elapsed.Round(time.Microsecond))
		}
	}
	cases := exam.Cases(o)
	if len(cases) == 0 {
		_, _ = fmt.Fprintln(stderr, "exam: no case is left to sit; the sections are", strings.Join(exam.SectionNames(), ", "))
		return 2
	}
	if *list {
		for _, c := range cases {
			_, _ = fmt.Fprintf(stdout, "%s\n    %s\n", c, c.Doc)
		}
		return 0
	}
	if fs.NArg() != 1 {
		fs.Usage()
		return 2
	}
	target := exam.Target{URL: fs.Arg(0)}
	if *insecure {
		target.TLS = &tls.Config{InsecureSkipVerify: true} // #nosec G402 -- asked for by the flag
	}
	report, err := exam.Run(ctx, target, cases, o)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 2
	}
	if _, err := report.WriteTo(stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "exam: writing the report:", err)
		return 1
	}
	if !report.OK() {
		return 1
	}
	return 0
}
