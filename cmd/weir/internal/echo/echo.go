// Package echo is `weir echo`: the server that WebSocket conformance suites want to talk to.
package echo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/weir-ws/weir/cmd/weir/internal/certs"
	"github.com/weir-ws/weir/cmd/weir/internal/config"
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

// Options are what can be chosen.
type Options struct {
	Addr     string
	Compress bool        // for clients that offer it
	TLS      certs.Files // for an address that begins with "tls:"
}

// Run serves until ctx ends; then it says goodbye to everybody and returns nil. The address goes to out, what
// goes wrong to errs.
func Run(ctx context.Context, o Options, out, errs io.Writer) error {
	logger := slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelWarn}))
	cfg, scheme := Config(o.Addr, o.Compress, logger), "ws"
	if config.Secure(o.Addr) {
		l, err := certs.Load(o.TLS, logger)
		if err != nil {
			return err
		}
		cfg.TLS.Config, scheme = l.TLSConfig(), "wss"
	}
	e, err := engine.New(cfg, Handler())
	if err != nil {
		return err
	}
	if err := e.Listen(); err != nil {
		return err
	}
	// The sockets listen, so whoever reads the line may connect, though nobody is served for another moment.
	if _, err := fmt.Fprintf(out, "listening on %s://%s/ (echo on any path, messages to 16 MiB)\n", scheme, e.Addrs()[0]); err != nil {
		return errors.Join(err, e.Shutdown(ctx))
	}
	return e.Run(ctx)
}
