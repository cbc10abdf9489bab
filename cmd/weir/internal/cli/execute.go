package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/tail"
)

// Exit codes.
const (
	ExitOK       = 0 // it ended as it was told to
	ExitFailed   = 1 // it could not go on
	ExitUsage    = 2 // the command line or the configuration is wrong; nothing was begun
	ExitChannels = 3 // tail: the server gave none of the channels
)

// Execute runs weir with args (without the program's name) until it ends or ctx does, and returns the exit code. The
// cause of ctx's end is shown to people ("SIGTERM: draining ..."). environ is as from os.Environ.
func Execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) int {
	root := newRoot(environ)
	root.SetArgs(append([]string{}, args...)) // cobra takes nil for "those of the process"
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return ExitOK
	}
	var usage *usageError
	var channels *tail.ChannelsError
	switch {
	case errors.As(err, &usage):
		for _, p := range config.Problems(usage.err) {
			fmt.Fprintf(stderr, "weir: %s\n", p)
		}
		fmt.Fprintf(stderr, "See `%s --help`.\n", cmd.CommandPath())
		return ExitUsage
	case errors.As(err, &channels):
		fmt.Fprintf(stderr, "weir: %v\n", err)
		return ExitChannels
	}
	for _, p := range config.Problems(err) {
		fmt.Fprintf(stderr, "weir: %s\n", p)
	}
	return ExitFailed
}

// usageError: nothing was begun, because what we were told makes no sense.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

func newRoot(environ []string) *cobra.Command {
	root := &cobra.Command{
		Use:           "weir",
		Short:         "A WebSocket server for feeds with very many subscribers",
		Long:          rootLong,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(usage)
	root.SetHelpFunc(help)
	root.AddCommand(newServe(environ), newTail(environ), newEcho(), newCheck(environ), newVersion())
	return root
}

const rootLong = `A WebSocket server for feeds with very many subscribers.

  weir serve                                      # a synthetic market on ws://127.0.0.1:8080/feed
  weir tail 127.0.0.1:8080 btcusdt@trade          # what a subscriber gets
  weir tail 127.0.0.1:8080 btcusdt@trade --stats  # rate, latency, gaps`

func unknownCommand(cmd *cobra.Command, name string) error {
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	if n := config.Nearest(name, known); n != "" {
		return usagef("unknown command %q; did you mean %s?", name, n)
	}
	return usagef("unknown command %q; there are %s", name, strings.Join(known, ", "))
}

// flagError says what is wrong with a flag, and which one may have been meant.
func flagError(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	var value *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &missing):
		name := missing.GetSpecifiedName()
		if missing.GetSpecifiedShortnames() != "" {
			return usagef("unknown flag -%s", name)
		}
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if n := config.Nearest(name, known); n != "" {
			return usagef("unknown flag --%s; did you mean --%s?", name, n)
		}
		return usagef("unknown flag --%s", name)
	case errors.As(err, &value):
		return usagef("--%s needs a value", value.GetSpecifiedName())
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		return usagef("--%s: %q cannot be; write %s", f.Name, invalid.GetValue(), legal[f.Value.Type()])
	}
	return &usageError{err}
}

// legal is what may be written for a flag that is none of the configuration's, by its type.
var legal = map[string]string{
	"bool":     "true or false",
	"uint64":   "a whole number, such as 10",
	"duration": "a number and its unit, such as 10s or 2m",
}
