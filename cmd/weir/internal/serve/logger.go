package serve

import (
	"io"
	"log/slog"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/sampled"
)

// newLogger makes the logger that cfg asks for, and what is to be called once a second and at the end.
func newLogger(cfg config.Log, w io.Writer) (l *slog.Logger, flush func(all bool)) {
	var level slog.Level
	// The four names of the configuration are slog's own.
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewTextHandler(w, o)
	if cfg.Format == "json" {
		h = slog.NewJSONHandler(w, o)
	}
	if cfg.Sample <= 0 {
		return slog.New(h), func(bool) {}
	}
	s := sampled.New(h, cfg.Sample, nil)
	return slog.New(s), s.Flush
}
