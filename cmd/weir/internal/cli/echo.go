package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/weir-ws/weir/cmd/weir/internal/echo"
	"github.com/weir-ws/weir/engine"
)

func newEcho() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "echo [flags]",
		Short: "Send every message back: a target for conformance suites",
		Long: `Send every message back with the same opcode, on any path, up to 16 MiB each: a target for conformance suites such
as Autobahn's. It is as strict as serve about the protocol, and generous about quantities.`,
		Args: noArgs,
	}
	addr := cmd.Flags().String("listen", "127.0.0.1:9001", "`address` to listen on, host:port or unix:/path")
	compress := cmd.Flags().Bool("compress", false, "negotiate permessage-deflate, with any parameters that a client offers")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		err := echo.Run(cmd.Context(), *addr, *compress, cmd.OutOrStdout(), cmd.ErrOrStderr())
		if ce := (*engine.ConfigError)(nil); errors.As(err, &ce) {
			return usagef("--listen %s", ce.Why)
		}
		return err
	}
	return cmd
}
