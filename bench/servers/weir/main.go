// The server under test on Weir: engine and hub as any user has them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/weir-ws/weir/bench/servers/internal/serve"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
)

// gogc is what `weir serve` chooses; see its configuration for why.
const gogc = 25

func main() {
	reusePort := flag.Bool("reuseport", false, "share the port with other processes")
	pingAfter := flag.Duration("ping-after", 0, "ping a connection that has been silent so long; 0: the engine's default, negative: never")
	control := flag.String("control", "", "a second `address`, for this process alone where the first is shared; told in the line \"control on\"")
	loops := flag.Int("loops", max(1, runtime.GOMAXPROCS(0)-1), "event loops; 0: one a core. By default one core is left to the load")
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gogc)
	}
	serve.Main(func(ctx context.Context, addr string) error {
		addrs := []string{addr}
		if *control != "" {
			addrs = append(addrs, *control)
		}
		return run(ctx, engine.Config{Addrs: addrs, ReusePort: *reusePort, PingAfter: *pingAfter, Loops: *loops,
			Slow: engine.PolicyDisconnect, DrainWindow: -1})
	})
}

func run(ctx context.Context, cfg engine.Config) error {
	h, err := hub.New(hub.Config{})
	if err != nil {
		return err
	}
	e, err := engine.New(cfg, handler(h))
	if err != nil {
		return err
	}
	if err := e.Listen(); err != nil {
		return err
	}
	if addrs := e.Addrs(); len(addrs) > 1 {
		fmt.Println("control on", addrs[1])
	}
	serve.Ready(e.Addrs()[0])
	ended := make(chan error, 1)
	go func() { ended <- e.Run(context.Background()) }()
	go e.TrimMemory(ctx) // as weir serve has it
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	goodbye, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if err := e.Shutdown(goodbye); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil // whoever has not answered by now is cut off
}

var notFound = &engine.HTTPError{Status: http.StatusNotFound}
