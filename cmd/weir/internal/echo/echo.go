// Package echo is `weir echo`: the server that WebSocket conformance suites want to talk to.
package echo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// MaxMessage is the largest message that is echoed, in bytes.
const MaxMessage = 16 << 20

// Config returns the engine's configuration for an echo server on addr.
//
// Suites send what no client should, in quantities that no client does: the flood limit is high enough for all of
// them, and still there. A message that cannot be queued ends the connection: an echo that is silently lost would
// be reported as a fault of the protocol.
//
// With compress it negotiates whatever parameters of permessage-deflate it is offered, keeps every window, and compresses the
// smallest messages.
func Config(addr string, compress bool, logger *slog.Logger) engine.Config {
	return engine.Config{
		Compression: engine.Compression{
			Enabled: compress, Threshold: -1, MaxRatio: -1, ServerContextTakeover: true, ClientContextTakeover: true,
		},
		Addrs:         []string{addr},
		Origins:       []string{"*"},
		MaxMessage:    MaxMessage,
		HighWatermark: 64 << 20,
		HardLimit:     128 << 20,
		Slow:          engine.PolicyDisconnect,
		FloodRate:     100_000,
		FloodBurst:    1_000_000,
		DrainWindow:   -1,
		Logger:        logger,
	}
}

// Handler returns the callbacks: every message goes back as it came, on any path.
func Handler() engine.Handler {
	return engine.Handler{
		Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p) },
	}
}

// Run serves on addr, with compression if clients offer it and compress is set, until ctx ends; then it says goodbye to everybody and returns nil. The address goes to out, what
// goes wrong to errs.
func Run(ctx context.Context, addr string, compress bool, out, errs io.Writer) error {
	logger := slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelWarn}))
	e, err := engine.New(Config(addr, compress, logger), Handler())
	if err != nil {
		return err
	}
	if err := e.Listen(); err != nil {
		return err
	}
	// The sockets listen, so whoever reads the line may connect, though nobody is served for another moment.
	if _, err := fmt.Fprintf(out, "listening on ws://%s/ (echo on any path, messages to 16 MiB)\n", e.Addrs()[0]); err != nil {
		return errors.Join(err, e.Shutdown(ctx))
	}
	return e.Run(ctx)
}
