package cli

import (
	"github.com/spf13/cobra"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/serve"
)

func newServe(environ []string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Serve a feed over WebSocket",
		Long: `Serve a feed over WebSocket at /feed: a synthetic market, the replay of a recording, what other servers send, or the lines
of standard input.

  weir serve --symbols 50 --trade-rate 100
  weir serve --replay day.gz --speed 10 --loop
  weir serve --replay day.gz --speed max --min-subscribers 1000
  weir serve --upstream 'ws://10.0.0.5:8080/feed channels=*@trade'
  weir serve --upstream 'wss://stream.example.com/stream raw channel={stream} data=data'
  collector | weir serve --stdin
  weir serve --auth-keys jwks.json --publish-to 'news,orders/*'
  weir serve --auth-tokens tokens.txt --symbols 0 --publish-to '*'

A recording is read through once before the server listens. At --speed max the replay goes as fast as the subscribers
read. With --min-subscribers it begins when every one of its channels has as many subscribers, by name or by pattern; when it has
ended, the server goes on.

An upstream is another Weir, or with raw any server that sends JSON. It is connected to again whenever it is lost; what may be missing then is
declared in the next message of each channel ("gap":true). Any channel may be subscribed to, unless channels= has names only. A
line of --stdin has the fields of POST /publish; one that is bad is logged and passed over, and marks the next message of every channel in the same
way. At the end of the lines the server goes on.

SIGINT and SIGTERM drain: /readyz fails, --drain-delay passes, then there are no new connections, and everybody gets what was
published before, a close frame and a hint when to come back, at random moments of --drain-window; exit code 0.
Another one, a second or more later, ends it at once. The admin listener tells more while it runs: docs/operations.md.

With --auth-tokens or --auth-keys every client needs a token, which names the channels that it may subscribe and publish
to; without, everybody may subscribe to all and publish nothing. In a pattern * stands for any bytes, every other byte
for itself. Messages come in by the feed's own connections and by POST /publish.`,
		Args: noArgs,
	}
	file := addOptions(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := config.Load(*file, environ, cmd.Flags())
		if err != nil {
			return &usageError{err}
		}
		return serve.Run(cmd.Context(), cfg, serve.Console{Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr(), In: cmd.InOrStdin(), Environ: environ})
	}
	return cmd
}

func newCheck(environ []string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [FILE] [flags]",
		Short: "Check a configuration without serving",
		Long: `Check what ` + "`weir serve`" + ` would run with: the file, the environment and the flags. Everything that is wrong is said at
once, and the exit code is 2 then. Files of tokens and keys are read; nothing else is opened: whether the address is free and
the recording is there shows when it serves.

  weir check weir.yaml
  weir check weir.yaml --print   # all options, with their values and where those come from; can be used as a file`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("check takes one file, not %d", len(args))
			}
			return nil
		},
	}
	show := cmd.Flags().Bool("print", false, "print the whole configuration as YAML")
	file := addOptions(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		path := *file
		if len(args) == 1 {
			if path != "" {
				return usagef("the file is given twice: %s and --config %s", args[0], path)
			}
			path = args[0]
		}
		cfg, err := config.Load(path, environ, cmd.Flags())
		if err != nil {
			return &usageError{err}
		}
		if *show {
			return cfg.Print(cmd.OutOrStdout())
		}
		cmd.Println("the configuration is fine")
		return nil
	}
	return cmd
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, but there is %q", cmd.Name(), args[0])
	}
	return nil
}
