package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/weir-ws/weir/cmd/weir/internal/tail"
)

func newTail(environ []string) *cobra.Command {
	var o tail.Options
	var token tokenFlags
	cmd := &cobra.Command{
		Use:   "tail URL CHANNEL... [flags]",
		Short: "Subscribe to channels and print what arrives",
		Long: `Subscribe to channels and print what arrives, one message a line:

  CHANNEL SEQ TS DATA        TS: the publisher's time, nanoseconds since 1970; DATA: JSON as it came

URL is HOST:PORT or ws://, wss://, http:// or https:// and a path if that is not /feed. A CHANNEL with a * stands for all that
match it. A lost connection is made again, after a random wait of up to 250 ms that doubles each time to 10 s, or when the server has said; it goes
on where it was. What could not be had is said, or that the server has begun to count anew.

--stats ends with how old messages were when they came, in percentiles; where the server tells its own times, hop by hop.

A server that wants a token gets that of --token-file, --token or WEIR_TOKEN.

  weir tail 127.0.0.1:8080 btcusdt@trade btcusdt@bookTicker
  weir tail 127.0.0.1:8080 btcusdt@trade --stats --for 10s

Exit codes: 0 ended by --count, --for or a signal; 1 refused by the server, or never connected within --for;
2 wrong usage; 3 the server gave none of the channels.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("tail needs a URL and at least one channel, such as: weir tail 127.0.0.1:8080 btcusdt@trade")
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&o.Stats, "stats", false, "show rate, latency percentiles and gaps once a second instead of messages")
	f.BoolVar(&o.JSON, "json", false, "print everything that the server says, as it came")
	f.Uint64Var(&o.Count, "count", 0, "stop after `n` messages")
	f.DurationVar(&o.For, "for", 0, "stop after a `time`, such as 10s")
	f.StringVar(&token.file, "token-file", "", "`file` with the token for the server; it is read again for each connection")
	f.StringVar(&token.text, "token", "", "`token` for the server; others on this machine may see a command line")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if o.URL, err = tail.ParseURL(args[0]); err != nil {
			return &usageError{err}
		}
		if o.For < 0 || cmd.Flags().Changed("for") && o.For < time.Millisecond {
			return usagef("--for %s is no time; write one above zero, such as 10s", o.For)
		}
		if o.JSON && o.Stats {
			return usagef("--json and --stats exclude each other")
		}
		if o.Token, err = token.source(cmd.Flags(), environ); err != nil {
			return &usageError{err}
		}
		o.Channels = unique(args[1:])
		o.Out, o.Err = cmd.OutOrStdout(), cmd.ErrOrStderr()
		return tail.Run(cmd.Context(), o)
	}
	return cmd
}

// unique keeps the first of equal words.
func unique(words []string) []string {
	seen := make(map[string]bool, len(words))
	var out []string
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}
