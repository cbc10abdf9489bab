// Command bench measures Weir beside other WebSocket servers on one machine; bench/README.md says how.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Once the first signal has been seen, the next one ends the process at once; its servers die with it.
	context.AfterFunc(ctx, stop)
	err := newRootCommand().ExecuteContext(ctx)
	var status exitStatus
	switch {
	case err == nil:
	case errors.As(err, &status): // what there is to say has been said
		os.Exit(int(status))
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "bench: interrupted")
		os.Exit(int(interrupted))
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// exitStatus ends the command with that status and no further message.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// interrupted is the status of a run that was broken off, as shells have it for Ctrl-C.
const interrupted exitStatus = 130

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "bench",
		Short:         "Measure Weir beside other WebSocket servers, in one run on one machine",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		// One line for each file of this folder that adds a command.
		newRunCommand(),
		newCompareCommand(),
		newServersCommand(),
		newReportCommand(),
		newScaleCommand(),
		newMillionCommand(),
		newMillionClientCommand(),
	)
	return root
}
