package engine

import (
	"math"
	"sync/atomic"
	"time"
	"unsafe"
)

// Manual is an engine without sockets, goroutines or a clock of its own: the caller is the
// loop. It is what a transport other than gnet is built on, package enginetest first of
// all, where every schedule of reads, partial writes, ticks and posts can be chosen and repeated.
//
// All its methods for one loop must be called on one goroutine at a time; what other goroutines may
// call on an engine (Post, Stats) they may call here too.
type Manual struct {
	e     *Engine
	hosts []*manualHost
}

type manualHost struct {
	loop    *Loop
	pending atomic.Bool
}

func (h *manualHost) wake()  { h.pending.Store(true) }
func (h *manualHost) yield() { h.pending.Store(true) }
func (*manualHost) abandon() {} // the goroutine is the caller's

// apart has no place but the loop itself: the next turn.
func (h *manualHost) apart(work, then func()) {
	h.loop.Post(func() {
		work()
		then()
	})
}

// manualSocket is a Conn and the caller's socket in one piece of memory.
type manualSocket struct {
	conn Conn
	Socket
}

func manualSocketOf(c *Conn) Socket { return (*manualSocket)(unsafe.Pointer(c)).Socket }

var _ [unsafe.Offsetof(manualSocket{}.conn)]struct{} = [0]struct{}{}

// NewManual makes such an engine. clock returns the time since any fixed moment; it must not go backwards.
// Config.Addrs is not used, and Run must not be called. Config.MaxConns holds as it stands, 0 for no cap: there are
// no descriptors to run out of.
func NewManual(cfg Config, h Handler, clock func() time.Duration) (*Manual, error) {
	e, err := newEngine(cfg, h, func() int64 { return int64(clock()) })
	if err != nil {
		return nil, err
	}
	if e.maxConns = cfg.MaxConns; e.maxConns == 0 {
		e.maxConns = math.MaxInt32
	}
	e.admission.cfg.MaxConns = e.maxConns
	e.wall = func() time.Time { return time.Unix(0, e.clock()) }
	e.aside = func(f func()) { f() }
	e.onWorker = func(l *Loop, _ *workers, f func()) bool { return l.Post(f) }
	m := &Manual{e: e}
	for _, l := range e.loops {
		host := &manualHost{loop: l}
		l.host, l.socketOf = host, manualSocketOf
		m.hosts = append(m.hosts, host)
	}
	return m, nil
}

// Engine returns the engine, for Stats, Loop and Shutdown's effects (see Drain).
func (m *Manual) Engine() *Engine { return m.e }

// Input is where a transport delivers what happens to one socket. Its methods are called on the
// connection's loop, and not after the socket's Close.
type Input struct{ c *Conn }

// Open gives a new socket to a loop. The error is the *HTTPError that an acceptor would answer with: a cap or
// rate was reached, and the socket was not taken.
func (m *Manual) Open(loop int, s Socket) (Input, error) {
	l := m.e.loops[loop]
	l.owner.enter()
	if herr := m.e.admitPeer(s.Peer()); herr != nil {
		return Input{}, herr
	}
	ms := &manualSocket{Socket: s}
	l.open(&ms.conn)
	return Input{&ms.conn}, nil
}

// OpenProxied is Open for a listener that requires the PROXY protocol. The error is for a peer that is no trusted
// proxy, too: an acceptor closes its socket without an answer.
func (m *Manual) OpenProxied(loop int, s Socket) (Input, error) {
	if !m.e.cfg.Proxy.trusts(s.Peer()) {
		m.e.untrusted(s.Peer())
		return Input{}, errUntrustedProxy
	}
	in, err := m.Open(loop, s)
	if err == nil {
		in.c.expectProxy()
	}
	return in, err
}

// EverySecond does what a real engine does once a second off its loops: old rate buckets are forgotten, and the memory is
// compared with its budget.
func (m *Manual) EverySecond() { m.e.everySecond() }

// Receive delivers bytes that were read. p is changed in place and not kept.
func (in Input) Receive(p []byte) {
	if in.c.state != stateDone {
		in.c.receive(p)
	}
}

// End delivers the end of the peer's stream: FIN if err is nil, else a failure.
func (in Input) End(err error) {
	if err == nil {
		in.c.catchUp()
	}
	in.c.peerGone(err)
}

// Due reports whether loop i was woken and wants a turn.
func (m *Manual) Due(i int) bool { return m.hosts[i].pending.Load() }

// Turn gives loop i one turn: posted work, then writes.
func (m *Manual) Turn(i int) {
	m.hosts[i].pending.Store(false)
	m.e.loops[i].turn()
}

// Tick gives loop i one turn with a tick, which is when it reads the clock and drives everything timed. A real
// engine ticks every 100 ms, every 4 ms while some socket is full, once a second while only heartbeats are due, and at TickWanted.
func (m *Manual) Tick(i int) {
	m.e.loops[i].tickIsDue(m.e.clock())
	m.Turn(i)
}

// TickWanted returns the earliest time, by the clock that NewManual was given, for which a loop has called [Loop.TickAt].
func (m *Manual) TickWanted() (at time.Duration, ok bool) {
	for _, l := range m.e.loops {
		if w := time.Duration(l.wanted.Load()); w != 0 && (!ok || w < at) {
			at, ok = w, true
		}
	}
	return at, ok
}

// Drain begins what Shutdown begins: each connection is closed with 1001 within Config.DrainWindow of ticks.
func (m *Manual) Drain() {
	m.e.draining.Store(true)
	m.e.startDrains()
}

// Stop makes every later Post fail, as on an engine that has ended.
func (m *Manual) Stop() {
	m.e.closeMail()
}
