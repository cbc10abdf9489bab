package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/weir-ws/weir/bench/internal/rival"
)

func newServersCommand() *cobra.Command {
	var custom []string
	cmd := &cobra.Command{
		Use:   "servers [NAME...]",
		Short: "Build the servers and say which can take part here, and what the others lack",
		RunE: func(cmd *cobra.Command, names []string) error {
			servers, missing, err := rival.Prepare(cmd.Context(), names, custom)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, s := range servers {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Name, s.Kind, s.Version, strings.Join(s.Command, " "))
			}
			for _, m := range missing {
				fmt.Fprintf(w, "%s\tmissing\t%s\n", m.Name, m.Reason)
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringArrayVar(&custom, "server", nil, "a server of your own, `NAME=COMMAND`. Repeatable")
	return cmd
}
