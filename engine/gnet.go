//go:build unix

package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
	gnetlog "github.com/panjf2000/gnet/v2/pkg/logging"
	"golang.org/x/sys/unix"
)

// gnetHost runs the engine's loops on gnet's event loops.
//
// It uses gnet's client side, which is the same loops without gnet's acceptor: that one ends the
// engine and all its connections when accept(2) fails. Each loop has a control connection,
// one end of a socket pair: it ties our Loop to gnet's before the first client comes, its unasked close is how
// the death of a gnet loop is noticed, and a byte on it is how a loop yields to I/O.
type gnetHost struct {
	gnet.BuiltinEventEngine

	e      *Engine
	client *gnet.Client

	gate   sync.RWMutex // held for reading by hand-overs under way; loops never touch it
	ending atomic.Bool  // stop was called
	dead   atomic.Bool  // a loop ended unasked

	byLoop   map[gnet.EventLoop]*Loop // complete before the first client comes, then only read
	controls []int                    // our ends of the socket pairs
}

// gnetLoop is the host of one loop.
type gnetLoop struct {
	loop    *Loop
	el      atomic.Pointer[gnet.EventLoop] // nil before the control connection is open
	control gnet.Conn                      // set before the loop gets its first client
	nudge   int                            // our end of the control connection
}

// newHost makes the host of a loop before there is a gnet loop: what is posted until then waits.
func newHost(l *Loop) (host, func(*Conn) Socket) { return &gnetLoop{loop: l}, gnetSocketOf }

// startGnet starts one gnet loop per Loop and ties them together.
func startGnet(e *Engine) (*gnetHost, error) {
	h := &gnetHost{e: e, byLoop: map[gnet.EventLoop]*Loop{}}
	client, err := gnet.NewClient(h,
		gnet.WithNumEventLoop(len(e.loops)),
		gnet.WithTCPNoDelay(gnet.TCPDelay), // the net package has set TCP_NODELAY at accept; this only saves a second call
		gnet.WithLogger(gnetLogger{e.cfg.Logger}))
	if err != nil {
		return nil, fmt.Errorf("engine: gnet: %w", err)
	}
	if err := client.Start(); err != nil {
		return nil, fmt.Errorf("engine: start the event loops: %w", err)
	}
	h.client = client
	for range e.loops {
		if err := h.addControl(); err != nil {
			h.stop()
			return nil, err
		}
	}
	return h, nil
}

// addControl gives the gnet loop with the fewest connections, which is one without, its control connection.
func (h *gnetHost) addControl() error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return fmt.Errorf("engine: control connection: %w", err)
	}
	unix.CloseOnExec(pair[0])
	unix.CloseOnExec(pair[1])
	h.controls = append(h.controls, pair[1])
	if err := unix.SetNonblock(pair[1], true); err != nil {
		return fmt.Errorf("engine: control connection: %w", err)
	}
	f := os.NewFile(uintptr(pair[0]), "control")
	c, err := net.FileConn(f)
	_ = f.Close()
	if err == nil {
		err = h.enroll(c, &arrival{control: true, nudge: pair[1]})
	}
	if err != nil {
		return fmt.Errorf("engine: control connection: %w", err)
	}
	return nil
}

// arrival travels with a socket from accept to its loop.
type arrival struct {
	peer    netip.AddrPort
	proxied bool // a PROXY protocol header comes first
	control bool
	nudge   int       // our end of a control connection
	opened  bool      // OnOpen ran
	kind    connFlags // flagTLS, flagUncharged
	adopted *adoption // nil: the request has yet to come
	tls     *tlsLink  // nil: no TLS
}

// enroll gives c to the loop with the fewest connections and waits until it has it. c is not ours any more, whatever comes of it.
func (h *gnetHost) enroll(c net.Conn, a *arrival) error {
	if _, err := h.client.EnrollContext(c, a); err != nil {
		return err
	}
	if !a.opened { // gnet closes the socket then and says nothing
		return errNotPolled
	}
	return nil
}

var errNotPolled = errors.New("the poller did not take the socket: memory or fs.epoll.max_user_watches ran out; see gnet's error in the log")

// hand gives an accepted socket to the loop with the fewest connections, and waits until it has it.
func (h *gnetHost) hand(c net.Conn, a *arrival) error {
	h.gate.RLock()
	defer h.gate.RUnlock()
	if h.ending.Load() {
		_ = c.Close()
		return ErrClosed
	}
	if err := h.enroll(c, a); err != nil {
		return fmt.Errorf("engine: hand a socket to its loop: %w", err)
	}
	return nil
}

// Run is a turn of the loop, as a gnet task.
func (g *gnetLoop) Run(context.Context) error {
	g.loop.turn()
	return nil
}

// wake implements host. gnet's queue is not FIFO when it is long, but at most one turn of a loop is ever in it.
func (g *gnetLoop) wake() {
	if el := g.el.Load(); el != nil {
		_ = (*el).Execute(context.Background(), g) // fails only when the loops are being stopped
	}
}

// yield implements host. A byte on the control connection is input like any other: what had arrived before it is served
// before it. A task that gnet gets from inside a task would run before any I/O, so that a loop which re-queued itself
// would starve its sockets; and another goroutine that queues it has to get a processor first, which with all of
// them busy took up to 10 ms. Full of bytes that the loop has not read, the connection wakes it as well.
func (g *gnetLoop) yield() {
	_, _ = write(g.nudge, nudge[:])
}

var nudge [1]byte

// abandon implements host. The close of the control connection tells the host that the loop is dead.
func (g *gnetLoop) abandon() { _ = g.control.EventLoop().Close(g.control) }

// apart implements host.
func (g *gnetLoop) apart(work, then func()) {
	go func() {
		work()
		g.loop.Post(then)
	}()
}

// stop ends the loops; every connection left is closed on the way. Hand-overs that are under way finish first:
// they wait for their loop, and gnet would wake a loop whose descriptors are closed. Those that wait for a
// loop which died are left behind.
func (h *gnetHost) stop() {
	h.ending.Store(true)
	h.handOversDone()
	_ = h.client.Stop()
	for _, fd := range h.controls {
		_ = unix.Close(fd)
	}
}

func (h *gnetHost) handOversDone() {
	for end := time.Now().Add(deadLoopWait); !h.gate.TryLock(); time.Sleep(time.Millisecond) {
		if h.dead.Load() && time.Now().After(end) {
			return
		}
	}
	h.gate.Unlock() // whoever comes now sees that we are ending
}

// deadLoopWait is how long the end of an engine waits for hand-overs that a dead loop may never answer.
const deadLoopWait = time.Second

var _ gnetlog.Logger = gnetLogger{}
