//go:build unix

package engine

import (
	"fmt"
	"log/slog"
)

// gnetLogger sends gnet's log to ours. gnet's logger is one per process: with several engines the last one gets it all.
type gnetLogger struct{ l *slog.Logger }

func (g gnetLogger) Debugf(format string, args ...any) {
	g.l.Debug(fmt.Sprintf("gnet: "+format, args...))
}
func (g gnetLogger) Infof(format string, args ...any) {
	g.l.Debug(fmt.Sprintf("gnet: "+format, args...))
}
func (g gnetLogger) Warnf(format string, args ...any) {
	g.l.Debug(fmt.Sprintf("gnet: "+format, args...))
}
func (g gnetLogger) Errorf(format string, args ...any) {
	g.l.Error(fmt.Sprintf("gnet: "+format, args...))
}

// Fatalf only logs: a library does not end its host's process.
func (g gnetLogger) Fatalf(format string, args ...any) { g.Errorf(format, args...) }
