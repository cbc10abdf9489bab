package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	// acceptors is the number of goroutines per listener. Handing a socket to its loop waits
	// for that loop; a few at once keep one busy loop from holding up all new connections.
	acceptors = 8
	// After a failed accept (descriptors or memory ran out) the next try waits this long, doubled up to
	// the longest, so that service resumes soon after relief.
	acceptPause, acceptPauseMax = 5 * time.Millisecond, time.Second
	// lingerMax is how many refused sockets may wait for their client to read the answer.
	lingerMax = 64
)

// listener is one of Config.Addrs.
type listener struct {
	net.Listener
	secure bool // connections begin with a TLS handshake
}

// Listen opens the listeners of Config.Addrs, so that Addrs can tell their ports before Run.
// The error says which address failed. Calling it again does nothing.
func (e *Engine) Listen() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.listeners) > 0 {
		return nil
	}
	if e.draining.Load() {
		return ErrClosed
	}
	if len(e.cfg.Addrs) == 0 && !e.cfg.HTTP.UpgradeOnly {
		return &ConfigError{Field: "Addrs", Why: `is empty; name at least one address, such as "127.0.0.1:8080"`}
	}
	lc := net.ListenConfig{KeepAlive: -1} // the heartbeat finds dead peers
	lc.SetMultipathTCP(false)             // its sockets take other options
	if e.cfg.ReusePort {
		lc.Control = setReusePort
	}
	for _, a := range e.cfg.Addrs {
		addr, secure := secureAddr(a)
		network := "tcp"
		if p, ok := strings.CutPrefix(addr, "unix:"); ok {
			network, addr = "unix", p
		}
		ln, err := lc.Listen(context.Background(), network, addr)
		if err != nil {
			for _, open := range e.listeners {
				_ = open.Close()
			}
			e.listeners = nil
			return fmt.Errorf("engine: listen on %s: %w", a, err)
		}
		e.listeners = append(e.listeners, &listener{ln, secure})
	}
	return nil
}

// Addrs returns the addresses listened on, in the order of Config.Addrs; nil before Listen. Any
// goroutine may call it.
func (e *Engine) Addrs() []net.Addr {
	e.mu.Lock()
	defer e.mu.Unlock()
	var as []net.Addr
	for _, ln := range e.listeners {
		as = append(as, ln.Addr())
	}
	return as
}

func (e *Engine) closeListeners() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ln := range e.listeners {
		_ = ln.Close()
	}
}

func (e *Engine) acceptAll(ctx context.Context, h *gnetHost, wg *sync.WaitGroup) {
	lingering := make(chan struct{}, lingerMax)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ln := range e.listeners {
		a := &acceptor{e: e, ctx: ctx, ln: ln, host: h, wg: wg, lingering: lingering}
		if ln.secure {
			a.shaking = make(chan struct{}, e.cfg.TLS.MaxHandshakes)
		}
		for range acceptors {
			wg.Go(a.run)
		}
	}
}

// acceptor is what the goroutines of one listener share.
type acceptor struct {
	e         *Engine
	ctx       context.Context // ends with Run
	ln        *listener
	host      *gnetHost
	wg        *sync.WaitGroup
	lingering chan struct{}
	shaking   chan struct{} // a place for each TLS handshake under way; nil without TLS
}

// run accepts until the listener is closed. We accept ourselves because gnet's acceptor ends the
// whole engine, and every connection on it, when accept(2) fails for want of descriptors or memory.
func (a *acceptor) run() {
	e, pause := a.e, time.Duration(0)
	for {
		if a.shaking != nil {
			a.shaking <- struct{}{} // before accept, so that who has to wait does so in the kernel
		}
		c, err := a.ln.Accept()
		if err != nil && a.shaking != nil {
			<-a.shaking
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			err = a.admit(c)
		}
		if err == nil {
			pause = 0
			continue
		}
		if e.draining.Load() {
			continue
		}
		e.acceptErrors.Add(1)
		if e.newBurst(time.Now()) {
			e.cfg.Logger.Warn("cannot take new connections for now; existing ones are not affected", "err", err)
		}
		pause = min(max(2*pause, acceptPause), acceptPauseMax)
		time.Sleep(pause)
	}
}

// newBurst tells whether an accept that failed now is the first for a while: all acceptors fail together, and one line will do.
func (e *Engine) newBurst(now time.Time) bool {
	last := e.acceptFailed.Swap(now.UnixNano())
	return now.UnixNano()-last > int64(5*time.Second)
}

// admit counts c in and hands it to a loop, or answers it with 503 or 429.
func (a *acceptor) admit(c net.Conn) error {
	e, addr := a.e, addrOf(c.RemoteAddr())
	if herr := e.admission.admit(addr.Addr(), time.Now()); herr != nil {
		e.refused.Add(1)
		a.refuse(c, herr)
		return nil
	}
	if a.shaking != nil {
		a.wg.Go(func() {
			defer func() { <-a.shaking }()
			e.shakeHands(a.ctx, c, addr, a.host)
		})
		return nil
	}
	if err := a.host.hand(c, addr); err != nil {
		e.admission.release(addr.Addr())
		return err
	}
	return nil
}

// refuse answers and closes a connection that is not let in. Where TLS is spoken there is no answer that would
// not cost a handshake.
func (a *acceptor) refuse(c net.Conn, herr *HTTPError) {
	if a.shaking != nil {
		<-a.shaking
		_ = c.Close()
		return
	}
	_ = c.SetDeadline(time.Now().Add(time.Second))
	_, _ = c.Write(appendReject(nil, herr))
	select {
	case a.lingering <- struct{}{}:
		a.wg.Go(func() { lingerAndClose(c); <-a.lingering })
	default:
		_ = c.Close()
	}
}

// lingerAndClose waits, until the connection's deadline, for the client to read the answer and close: closing
// over an unread request would reset the connection and with it the answer.
func lingerAndClose(c net.Conn) {
	defer c.Close()
	if w, ok := c.(interface{ CloseWrite() error }); ok {
		_ = w.CloseWrite()
	}
	_, err := io.Copy(io.Discard, io.LimitReader(c, 64<<10))
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
}

func addrOf(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort()
	}
	return netip.AddrPort{}
}
