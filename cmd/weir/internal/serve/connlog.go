package serve

import (
	"context"
	"errors"
	"log/slog"

	"github.com/weir-ws/weir/engine"
)

// logged has every connection's beginning and end logged at debug, and costs nothing at other levels. What a client
// said, its close reason included, is quoted by the log's format; tokens and queries are in neither.
func logged(h engine.Handler, log *slog.Logger) engine.Handler {
	if !log.Enabled(context.Background(), slog.LevelDebug) {
		return h
	}
	opened, closed := h.Open, h.Close
	h.Open = func(c *engine.Conn) {
		log.Debug("connection opened", "peer", c.RemoteAddr(), "loop", c.Loop().Index())
		if opened != nil {
			opened(c)
		}
	}
	h.Close = func(c *engine.Conn, err error) {
		args := []any{"peer", c.RemoteAddr()}
		if ce := (*engine.CloseError)(nil); errors.As(err, &ce) {
			args = append(args, "code", int(ce.Code), "reason", ce.Reason, "by_peer", ce.Remote)
			if ce.Err != nil {
				args = append(args, "err", ce.Err)
			}
		}
		log.Debug("connection closed", args...)
		if closed != nil {
			closed(c, err)
		}
	}
	return h
}
