package engine

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weir-ws/weir/frame"
)

// Engine serves WebSocket connections on its loops. Several can live in one process.
type Engine struct {
	cfg   Config
	h     Handler
	loops []*Loop
	clock func() int64 // ns, monotonic; asked once a tick

	limits        frame.Limits
	deflateLimits frame.Limits // of connections with compression
	head          headLimits
	// turnLimit is how many bytes a connection may have waiting for the end of the turn before they are written in its
	// middle: what only waits for us must not count against a peer that is keeping up.
	turnLimit int

	floodEvery, floodWindow     int64 // ns per token and ns of burst, for gcra
	messageEvery, messageWindow int64
	byteEvery, byteWindow       int64
	metered                     bool

	admission    *admission
	maxConns     int
	refused      atomic.Uint64
	acceptErrors atomic.Uint64
	acceptFailed burst
	strangers    burst // connections to listeners for proxies
	badProxies   burst
	reasons      [reasonCount]atomic.Uint64 // of what no loop has counted
	wall         func() time.Time           // the admission's clock
	guard        *memoryGuard               // nil: no budget
	aside        func(func())               // runs what takes too long for a loop, some time
	asides       chan func()
	draining     atomic.Bool
	host         atomic.Pointer[gnetHost] // while Run runs
	web          *webServer               // nil without Handler.HTTP
	offLoop      offLoopStats
	workers      *workers // for Conn.Go
	deciders     *workers // for Handler.Upgrade
	// onWorker has f run where it may block, and reports whether it will. A Manual engine has no such place.
	onWorker func(l *Loop, w *workers, f func()) bool
	quick    chan struct{}
	died     chan error // a loop has ended unasked

	mu        sync.Mutex
	listeners []*listener
	running   bool
	stop      context.CancelFunc // ends Run; set while running
	drained   chan struct{}      // closed when Shutdown has done its part
	started   chan struct{}      // closed when the loops run
	ended     chan struct{}      // closed when Run has returned, or will never be called
	endOnce   sync.Once
}

// New checks cfg and makes an engine; it opens nothing yet. The error joins one
// *ConfigError for each field that cannot work.
func New(cfg Config, h Handler) (*Engine, error) {
	start := time.Now()
	return newEngine(cfg, h, func() int64 { return int64(time.Since(start)) })
}

func newEngine(cfg Config, h Handler, clock func() int64) (*Engine, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	e := &Engine{
		cfg:       cfg,
		h:         h,
		clock:     clock,
		limits:    frame.Limits{MaxMessage: cfg.MaxMessage, MaxFragments: cfg.MaxFragments, MinFragment: cfg.MinFragment},
		turnLimit: min(cfg.HighWatermark, coalesceLimit),
		head:      headLimits{maxBytes: cfg.MaxHead, maxFields: cfg.MaxHeaders},
		quick:     make(chan struct{}, 1),
		died:      make(chan error, 1),
		wall:      time.Now,
		asides:    make(chan func(), 8),
		drained:   make(chan struct{}),
		started:   make(chan struct{}),
		ended:     make(chan struct{}),
	}
	e.deflateLimits = e.limits
	e.deflateLimits.RSV1 = true
	e.floodEvery, e.floodWindow = bucket(cfg.FloodRate, cfg.FloodBurst)
	e.messageEvery, e.messageWindow = bucket(cfg.MessageRate, cfg.MessageBurst)
	e.byteEvery, e.byteWindow = bucket(cfg.ByteRate, cfg.ByteBurst)
	e.metered = e.messageEvery != 0 || e.byteEvery != 0
	e.maxConns = maxConns(cfg.MaxConns)
	e.admission = newAdmission(admitConfig{
		MaxConns: e.maxConns, PerAddr: cfg.MaxConnsPerAddr,
		RatePerAddr: cfg.ConnRate, BurstPerAddr: cfg.ConnBurst,
		Rate: cfg.TotalConnRate, Burst: cfg.TotalConnBurst,
		ChargeLoopback: cfg.LimitLoopback,
	})
	e.workers, e.deciders = newWorkers(cfg.Workers.Max, cfg.Workers.Queue), newWorkers(cfg.Workers.Max, cfg.Workers.Queue)
	e.onWorker = func(_ *Loop, w *workers, f func()) bool { return w.do(f) }
	if h.HTTP != nil {
		e.web = newWebServer(e)
	}
	e.guard = newMemoryGuard(e)
	e.aside = func(f func()) {
		select {
		case e.asides <- f:
		default: // full only while what runs there hangs
		}
	}
	for i := range cfg.Loops {
		l := &Loop{e: e, index: i, now: clock(), budget: writesFirst}
		l.host, l.socketOf = newHost(l)
		l.roots[frame.Deflated].form = frame.Deflated
		if cfg.Compression.Enabled {
			l.codec = newCodec(l)
			l.chains.codec = l.codec
		}
		e.loops = append(e.loops, l)
	}
	return e, nil
}

// bucket returns gcra's interval and window for a rate per second and a burst; zeros for none.
func bucket(rate, burst int) (every, window int64) {
	if rate <= 0 {
		return 0, 0
	}
	every = int64(time.Second) / int64(rate)
	return every, every * int64(max(1, burst))
}

// MaxConns returns the cap on connections that is in force.
func (e *Engine) MaxConns() int { return e.maxConns }

// Loops returns the number of event loops.
func (e *Engine) Loops() int { return len(e.loops) }

// Loop returns loop i, for Loop.Post. Any goroutine may call it.
func (e *Engine) Loop(i int) *Loop { return e.loops[i] }

// Running returns a channel that is closed once Run serves, which Upgrade needs. It stays open if Run fails before
// that. Any goroutine may call it.
func (e *Engine) Running() <-chan struct{} { return e.started }

// Run listens (unless Listen was called), serves until ctx ends or Shutdown is called, and
// returns when every connection and goroutine of the engine is gone. The end of ctx is a
// Shutdown with the time that its drain and close handshakes may take. The error is nil after an
// orderly end; ErrLoopDied if an event loop ended unasked. An engine runs once.
func (e *Engine) Run(ctx context.Context) error {
	if err := e.Listen(); err != nil {
		return err
	}
	e.mu.Lock()
	if e.running || e.draining.Load() {
		e.mu.Unlock()
		return fmt.Errorf("%w: an engine runs once; make a new one", ErrClosed)
	}
	e.running = true
	runCtx, cancel := context.WithCancel(context.Background())
	e.stop = cancel
	e.mu.Unlock()
	defer e.end()
	defer cancel()

	host, err := startGnet(e)
	if err != nil {
		e.closeListeners()
		return err
	}
	stopTicker := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { e.runTicker(stopTicker) })
	wg.Go(func() { e.runAside(stopTicker) })
	e.host.Store(host)
	if e.web != nil {
		wg.Go(e.web.run)
	}
	e.acceptAll(runCtx, host, &wg)
	close(e.started)

	select {
	case <-ctx.Done():
		grace, done := context.WithTimeout(runCtx, max(0, e.cfg.DrainWindow)+e.cfg.CloseTimeout+time.Second)
		_ = e.shutdown(grace)
		done()
	case <-runCtx.Done():
	case err = <-e.died:
		err = fmt.Errorf("%w: %w", ErrLoopDied, err)
		e.cfg.Logger.Error("an event loop ended unasked; the engine stops", "err", err)
	}
	e.draining.Store(true)
	e.closeListeners()
	cancel() // TLS handshakes that are under way
	close(stopTicker)
	e.host.Store(nil)
	if e.web != nil {
		e.web.close()
	}
	host.stop()
	e.closeMail()
	waitFor(&wg, host.dead.Load())
	e.endWorkers()
	return err
}
