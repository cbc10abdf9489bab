package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
)

// helpWidth is where help texts wrap. It does not depend on the terminal, so that what is in the documentation is
// what people see.
const helpWidth = 110

// help prints what a command is for, and how it is used.
func help(cmd *cobra.Command, _ []string) {
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n", text)
	printUsage(cmd.OutOrStdout(), cmd)
}

func usage(cmd *cobra.Command) error {
	printUsage(cmd.OutOrStderr(), cmd)
	return nil
}

func printUsage(w io.Writer, cmd *cobra.Command) {
	fmt.Fprintf(w, "Usage:\n  %s\n", useLine(cmd))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprint(w, "\nCommands:\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				fmt.Fprintf(w, "  %-9s %s\n", c.Name(), c.Short)
			}
		}
		fmt.Fprintf(w, "\n`%s COMMAND --help` says more about one.\n", cmd.CommandPath())
		return
	}
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	own.SortFlags = false
	grouped := map[string]bool{}
	for _, o := range config.Options() {
		grouped[o.Flag] = cmd.Flags().Lookup("config") != nil
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !grouped[f.Name] && f.Name != "help" {
			own.AddFlag(f)
		}
	})
	if own.HasAvailableFlags() {
		fmt.Fprintf(w, "\nFlags:\n%s", own.FlagUsagesWrapped(helpWidth))
	}
	if cmd.Flags().Lookup("config") != nil { // echo has a --listen of its own
		for _, g := range config.Groups() {
			fmt.Fprintf(w, "\n%s (%s.*):\n%s", g.Title, g.Name, config.FlagSet(g.Name).FlagUsagesWrapped(helpWidth))
		}
		fmt.Fprint(w, "\n", precedence)
	}
}

func useLine(cmd *cobra.Command) string {
	if cmd.HasParent() {
		return strings.TrimSpace(cmd.Parent().CommandPath() + " " + cmd.Use)
	}
	return cmd.Use + " COMMAND"
}

const precedence = `A flag wins over the environment, that over the file, that over the default:
  --max-conns 1000    WEIR_MAX_CONNS=1000    limits: {max-conns: 1000} in --config FILE
The key in a file is the flag's name below its group, without the group's name in front: --log-level is log.level.
Sizes have a unit (64KiB, 4MiB) or are bytes; times have a unit (500ms, 30s, 2m).
`

// addOptions gives cmd the flags of the configuration, and --config.
func addOptions(cmd *cobra.Command) *string {
	cmd.Flags().SortFlags = false
	file := cmd.Flags().String("config", "", "configuration `file`, .yaml or .toml (or WEIR_CONFIG)")
	for _, g := range config.Groups() {
		cmd.Flags().AddFlagSet(config.FlagSet(g.Name))
	}
	return file
}
