package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// Config is what the admin listener shows.
type Config struct {
	Engine  *engine.Engine
	Hub     *hub.Hub
	Live    *Prober
	Ready   *Readiness
	Metrics prometheus.Gatherer
	Pprof   bool // serve /debug/pprof/, which lets whoever can connect stop the world and read memory
	Logger  *slog.Logger

	// Subscriptions is the number of channels a connection is in; it runs on the connection's loop.
	Subscriptions func(*engine.Conn) int
	// Holding is what a connection has not been sent, nil if there is no such thing; likewise.
	Holding func(*engine.Conn) *feed.Holding
	// Held is the sum of that, as of the loops' last ticks; any goroutine calls it.
	Held func() hub.HoldStats
}

// Server serves the admin endpoints. Make one with [New].
type Server struct {
	http *http.Server
}

// New makes a server that does not listen yet.
func New(cfg Config) *Server {
	return &Server{http: &http.Server{
		Handler:           local(Handler(cfg)),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelWarn),
	}}
}

// Handler returns the endpoints.
func Handler(cfg Config) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, index(cfg.Pprof)) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(cfg.Metrics, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelWarn), ErrorHandling: promhttp.HTTPErrorOnError,
		MaxRequestsInFlight: 3, Timeout: 10 * time.Second, EnableOpenMetrics: true,
	}))
	mux.Handle("GET /livez", livez{cfg.Live})
	mux.Handle("GET /readyz", readyz{cfg.Ready})
	mux.Handle("GET /connz", newConnz(cfg))
	if cfg.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

// Listen opens addr: "host:port", or "unix:/path".
func Listen(addr string) (net.Listener, error) {
	network := "tcp"
	if p, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, addr = "unix", p
	}
	ln, err := net.Listen(network, addr)
	if err != nil {
		return nil, fmt.Errorf("admin listener on %s: %w", addr, err)
	}
	return ln, nil
}

// Serve serves on ln until Shutdown; ln is closed then. The error is what ended it otherwise.
func (s *Server) Serve(ln net.Listener) error {
	if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown ends Serve. Requests under way have until ctx ends.
func (s *Server) Shutdown(ctx context.Context) {
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}

// Public tells whether other machines can reach a, so that somebody may be warned.
func Public(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && !t.IP.IsLoopback()
}

func plain(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // who asked has gone
}

func index(pprof bool) string {
	s := `weir, the admin listener

/metrics   for Prometheus
/livez     200 if every event loop answered within a second
/readyz    200 if new clients are welcome; ?verbose for every check
/connz     JSON: totals, and the connections that make most trouble
           ?sort=buffered (unsent bytes), lag (longest without taking a byte) or age; ?limit=1 to 1000
`
	if pprof {
		return s + "/debug/pprof/\n"
	}
	return s + "/debug/pprof/ is off; start with --pprof\n"
}
