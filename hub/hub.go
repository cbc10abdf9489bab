package hub

import (
	"crypto/rand"
	"hash/maphash"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Loop is the goroutine that owns members: an event loop, or anything that runs funcs one
// after the other. It must be comparable with ==. hub/hubtest has the test that every
// implementation must pass.
type Loop interface {
	// Index tells the loops of one hub apart: small, not negative, constant.
	Index() int
	// Post runs f on the loop in the order of posting and never blocks. Called on the loop
	// itself, f runs later, not inside Post. It reports false, for good, once the loop has
	// ended; f then never runs. Any goroutine may call it.
	//
	// A func that posts another one each time it runs must not keep the loop from its I/O:
	// that is how a large fan-out yields.
	Post(f func()) bool
}

// Hub is the table of channels and their members. Make one with [New].
type Hub struct {
	cfg    Config
	broker Broker
	seed   maphash.Seed
	shards []shard
	closed atomic.Bool
	start  time.Time // zero of the clock that turns are timed by

	lanes   atomic.Pointer[[]*lane] // by Loop.Index; replaced, never changed
	lanesMu sync.Mutex              // serialises the replacing
	ended   laneStats               // the counts of loops that have ended

	epochs epochs
}

// New returns a hub without channels. It starts no goroutine. The error names the field of
// cfg that is out of range.
func New(cfg Config) (*Hub, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	h := &Hub{cfg: cfg, broker: cfg.Broker, seed: maphash.MakeSeed(), shards: make([]shard, cfg.Shards), start: time.Now()}
	h.epochs.base = rand.Text()[:10]
	h.epochs.next()
	h.lanes.Store(new([]*lane))
	if h.broker == nil {
		h.broker = NewLocalBroker()
	}
	if err := h.broker.Attach(sink{h}); err != nil {
		return nil, err
	}
	return h, nil
}

// Close closes the broker: afterwards Publish and Join fail with [ErrClosed]. Members stay
// in their channels, get what was published before, and leave as ever. Any goroutine may
// call it, any number of times.
func (h *Hub) Close() error {
	if h.closed.Swap(true) {
		return nil
	}
	return h.broker.Close()
}

// epochs hands out epoch strings. Channels made between two Sweeps that removed something
// share one: what must never happen is that a channel gets back the epoch it had before
// its sequence numbers were forgotten.
type epochs struct {
	mu   sync.Mutex
	base string // random: tells this hub from every other, also from itself before a restart
	n    uint64
	last string
	used bool // last must not be given to another channel
}

// next returns the epoch for a new channel.
func (e *epochs) next() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.used || e.last == "" {
		e.n++
		e.last = e.base + "." + strconv.FormatUint(e.n, 36)
		e.used = false
	}
	return e.last
}

// retire is called before a channel's sequence numbers are forgotten.
func (e *epochs) retire() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.used = true
}
