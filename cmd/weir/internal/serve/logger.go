package serve

import (
	"io"
	"log/slog"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
)

// newLogger makes the logger that cfg asks for.
func newLogger(cfg config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	// The four names of the configuration are slog's own.
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
