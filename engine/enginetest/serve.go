package enginetest

import (
	"context"
	"errors"
	"sync"

	"github.com/weir-ws/weir/engine"
)

// CleanupTB is what [Serve] needs of a *testing.T or *testing.B.
type CleanupTB interface {
	TB
	Errorf(format string, args ...any)
	Cleanup(f func())
}

// Serve runs an engine on real sockets until stop is called, or else to the end of the test: for what is about the kernel, or about clients of other
// people. Without cfg.Addrs it listens on a free port of 127.0.0.1. A drain closes all at once unless cfg.DrainWindow says otherwise. An engine that does
// not start, run or end as it should fails tb. Any goroutine may call stop, again as well.
func Serve(tb CleanupTB, cfg engine.Config, h engine.Handler) (e *engine.Engine, stop func()) {
	tb.Helper()
	if len(cfg.Addrs) == 0 {
		cfg.Addrs = []string{"127.0.0.1:0"}
	}
	if cfg.DrainWindow == 0 {
		cfg.DrainWindow = -1
	}
	e, err := engine.New(cfg, h)
	if err != nil {
		tb.Fatalf("enginetest: %v", err)
	}
	if err := e.Listen(); err != nil {
		tb.Fatalf("enginetest: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- e.Run(context.Background()) }()
	stop = sync.OnceFunc(func() {
		err, ran := e.Shutdown(context.Background()), <-ended
		if !errors.Is(ran, engine.ErrClosed) { // which it is when stop came before Run
			err = errors.Join(err, ran)
		}
		if err != nil {
			tb.Errorf("enginetest: %v", err)
		}
	})
	tb.Cleanup(stop)
	return e, stop
}
