package engine

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
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

func (e *Engine) acceptAll(h *gnetHost, wg *sync.WaitGroup) {
	lingering := make(chan struct{}, lingerMax)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ln := range e.listeners {
		for range acceptors {
			wg.Go(func() { e.acceptFrom(ln, h, lingering, wg) })
		}
	}
}

// acceptFrom accepts until the listener is closed. We accept ourselves because gnet's acceptor ends the
// whole engine, and every connection on it, when accept(2) fails for want of descriptors or memory.
func (e *Engine) acceptFrom(ln *listener, h *gnetHost, lingering chan struct{}, wg *sync.WaitGroup) {
	pause := time.Duration(0)
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			err = e.admitAndHand(c, ln.proxied, h, lingering, wg)
		}
		if err == nil {
			pause = 0
			continue
		}
		if e.draining.Load() {
			continue
		}
		e.acceptErrors.Add(1)
		if e.acceptFailed.begins(e.clock()) {
			e.cfg.Logger.Warn("cannot take new connections for now; existing ones are not affected", "err", err)
		}
		pause = min(max(2*pause, acceptPause), acceptPauseMax)
		time.Sleep(pause)
	}
}

// admitAndHand counts c in and hands it to a loop, or answers it with 503 or 429.
func (e *Engine) admitAndHand(c net.Conn, proxied bool, h *gnetHost, lingering chan struct{}, wg *sync.WaitGroup) error {
	peer := addrOf(c.RemoteAddr())
	if proxied && !e.cfg.Proxy.trusts(peer) {
		e.untrusted(peer)
		return c.Close()
	}
	if herr := e.admitPeer(peer); herr != nil {
		_ = c.SetDeadline(time.Now().Add(time.Second))
		_, _ = c.Write(appendReject(nil, herr))
		select {
		case lingering <- struct{}{}:
			wg.Go(func() { lingerAndClose(c); <-lingering })
		default:
			_ = c.Close()
		}
		return nil
	}
	if err := h.hand(c, &arrival{peer: peer, proxied: proxied}); err != nil {
		e.releasePeer(peer)
		return err
	}
	return nil
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
