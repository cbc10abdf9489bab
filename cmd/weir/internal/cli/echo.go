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
	var o echo.Options
	cmd.Flags().StringVar(&o.Addr, "listen", "127.0.0.1:9001", "`address` to listen on, host:port or unix:/path, behind tls: for wss")
	cmd.Flags().BoolVar(&o.Compress, "compress", false, "negotiate permessage-deflate, with any parameters that a client offers")
	cmd.Flags().StringVar(&o.TLS.Cert, "tls-cert", "", "`file` with the certificate, in PEM")
	cmd.Flags().StringVar(&o.TLS.Key, "tls-key", "", "`file` with the certificate's private key, in PEM")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		err := echo.Run(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		if ce := (*engine.ConfigError)(nil); errors.As(err, &ce) {
			return usagef("--listen %s", ce.Why)
		}
		return err
	}
	return cmd
}
