package engine

import (
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// admitConfig bounds who gets in. Zero (or less) of any limit means none.
type admitConfig struct {
	MaxConns       int     // open connections
	PerAddr        int     // open connections of one address
	RatePerAddr    float64 // new connections per second of one address
	BurstPerAddr   int     // at once; 0: one second's worth
	Rate           float64 // new connections per second in all
	Burst          int     // at once; 0: one second's worth
	ChargeLoopback bool    // per-address limits also for 127.0.0.0/8 and ::1
}

// admission counts connections in and out. Its methods may be called from any goroutine.
//
// It has one plain mutex: a connection takes it twice in its life, for a few map operations
// and 250 ns altogether, where parsing the handshake takes thousands (BenchmarkAdmission,
// BenchmarkHandshake). Shards would need another lock for the global cap and rate all the same.
//
// Memory: counts holds addresses with open connections, and is bounded by those. debts holds
// buckets that are not full, of addresses that may be gone, and is bounded by maxDebts.
// When that many are known, a new address displaces an arbitrary old one, whose bucket is full
// again thereby. That errs towards letting in: nobody is refused for what others did, and
// against a flood from more than maxDebts addresses a limit per address is no help, but
// the global rate is. Refused connections leave no trace in either map.
type admission struct {
	cfg                    admitConfig
	addrStep, addrWindow   int64 // gcra parameters of one address
	totalStep, totalWindow int64
	maxDebts               int

	mu      sync.Mutex
	start   time.Time // zero of the buckets' clock: the first time seen
	total   int
	bucket  gcra
	refused uint
	short   bool // of memory: nobody is let in
	counts  map[addrKey]int32
	debts   map[addrKey]gcra
}

const defaultMaxDebts = 1 << 16

func newAdmission(cfg admitConfig) *admission {
	a := &admission{cfg: cfg, maxDebts: defaultMaxDebts, counts: map[addrKey]int32{}, debts: map[addrKey]gcra{}}
	a.addrStep, a.addrWindow = bucketOf(cfg.RatePerAddr, cfg.BurstPerAddr)
	a.totalStep, a.totalWindow = bucketOf(cfg.Rate, cfg.Burst)
	return a
}

// admit counts a connection from addr in and returns nil, or says how to refuse it; then release
// must not be called. Addresses that are not valid (unix sockets) count globally only.
//
// Checked in this order, and charged only if all agree: memory and the global cap (503), the address's cap
// (429), its rate (429), the global rate (503). The global rate comes last so that an
// address over its own limits is told so, and takes nothing from the others.
func (a *admission) admit(addr netip.Addr, now time.Time) *HTTPError {
	key, charged := a.key(addr)
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.full(); e != nil {
		return e
	}
	ns := a.nanos(now)
	var mine gcra
	if charged {
		var e *HTTPError
		if mine, e = a.mayCharge(key, ns); e != nil {
			return e
		}
	}
	if e := a.tooFast(ns); e != nil {
		return e
	}
	if charged {
		a.charged(key, mine)
	}
	a.total++
	return nil
}

// admitProxy is admit for a connection whose address is not known yet: it counts globally, and charge will do the
// rest. Until charge has let it in, releaseProxy counts it out, and release from then on.
func (a *admission) admitProxy(now time.Time) *HTTPError {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.full(); e != nil {
		return e
	}
	if e := a.tooFast(a.nanos(now)); e != nil {
		return e
	}
	a.total++
	return nil
}

// charge applies the limits of an address to a connection that admitProxy has let in.
func (a *admission) charge(addr netip.Addr, now time.Time) *HTTPError {
	key, charged := a.key(addr)
	if !charged {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	mine, e := a.mayCharge(key, a.nanos(now))
	if e == nil {
		a.charged(key, mine)
	}
	return e
}

// full is the answer while nobody at all is let in.
func (a *admission) full() *HTTPError {
	switch {
	case a.short:
		return a.refuse(ReasonMemory, "this server is short of memory", capWait)
	case a.cfg.MaxConns > 0 && a.total >= a.cfg.MaxConns:
		return a.refuse(ReasonServerFull, "this server is full", capWait)
	}
	return nil
}

// mayCharge judges one more connection of an address, and returns what its bucket will be.
func (a *admission) mayCharge(key addrKey, ns int64) (mine gcra, e *HTTPError) {
	if a.cfg.PerAddr > 0 && int(a.counts[key]) >= a.cfg.PerAddr {
		return 0, a.refuse(ReasonAddressFull, "too many connections from your address", capWait)
	}
	if a.addrStep > 0 {
		mine = a.debts[key]
		if !mine.take(ns, a.addrStep, a.addrWindow, 1) {
			return 0, a.refuse(ReasonAddressRate, "connections from your address come too fast", mine.wait(ns, a.addrStep, a.addrWindow, 1))
		}
	}
	return mine, nil
}

func (a *admission) charged(key addrKey, mine gcra) {
	if a.addrStep > 0 {
		a.remember(key, mine)
	}
	if a.cfg.PerAddr > 0 {
		a.counts[key]++
	}
}

// tooFast takes a token of the global rate, or is the answer where there is none.
func (a *admission) tooFast(ns int64) *HTTPError {
	if a.bucket.take(ns, a.totalStep, a.totalWindow, 1) {
		return nil
	}
	return a.refuse(ReasonServerRate, "connections come faster than this server lets them in", a.bucket.wait(ns, a.totalStep, a.totalWindow, 1))
}

// release counts one connection of addr out, that was counted in by admit, or by admitProxy and charge.
func (a *admission) release(addr netip.Addr) {
	key, charged := a.key(addr)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total = max(0, a.total-1)
	if !charged || a.cfg.PerAddr <= 0 {
		return
	}
	if n := a.counts[key]; n > 1 {
		a.counts[key] = n - 1
	} else {
		delete(a.counts, key)
	}
}

// releaseProxy counts one connection out that was counted in by admitProxy and never charged.
func (a *admission) releaseProxy() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total = max(0, a.total-1)
}

// setShort says whether memory is short.
func (a *admission) setShort(short bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.short = short
}

// sweep forgets buckets that have filled up: at most maxDebts of them, a millisecond or two. Once
// a second or a minute makes no difference to anybody but the heap.
func (a *admission) sweep(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ns := a.nanos(now)
	for k, g := range a.debts {
		if g.full(ns, a.addrWindow) {
			delete(a.debts, k)
		}
	}
}

func (a *admission) remember(key addrKey, g gcra) {
	if len(a.debts) >= a.maxDebts {
		if _, known := a.debts[key]; !known {
			for k := range a.debts { // the first one iteration comes upon
				delete(a.debts, k)
				break
			}
		}
	}
	a.debts[key] = g
}

// capWait is what clients over a cap are told to wait at least. When a connection will close is
// anybody's guess; this is long enough to cost little and short enough to be believed.
const capWait = int64(5 * time.Second)

// refuse makes the answer. RFC 9110 10.2.3: Retry-After in whole seconds. Globally refused clients
// are spread over ten more, each told another, or all would come back in the same second.
func (a *admission) refuse(why Reason, text string, wait int64) *HTTPError {
	secs := max(1, (wait+int64(time.Second)-1)/int64(time.Second))
	status := http.StatusServiceUnavailable
	if why == ReasonAddressFull || why == ReasonAddressRate {
		status = http.StatusTooManyRequests
	} else {
		secs += int64(a.refused % 10)
		a.refused++
	}
	return &HTTPError{Status: status, Header: http.Header{"Retry-After": {strconv.FormatInt(secs, 10)}}, Body: text, reason: why}
}

// nanos is the time since the first time seen, by the monotonic clock where now carries one.
func (a *admission) nanos(now time.Time) int64 {
	if a.start.IsZero() {
		a.start = now
	}
	return int64(now.Sub(a.start))
}
