package engine

import (
	"context"
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
		e.shortOf(err)
		pause = min(max(2*pause, acceptPause), acceptPauseMax)
		time.Sleep(pause)
	}
}

// shortOf counts a connection that could not be taken in, or not yet, and says so once a burst.
func (e *Engine) shortOf(err error) {
	e.acceptErrors.Add(1)
	if e.acceptFailed.begins(e.clock()) {
		e.cfg.Logger.Warn("cannot take new connections for now; existing ones are not affected", "err", err)
	}
}

// admit counts c in and hands it to a loop, or answers it with 503 or 429.
func (a *acceptor) admit(c net.Conn) error {
	e, peer := a.e, addrOf(c.RemoteAddr())
	if a.ln.proxied && !e.cfg.Proxy.trusts(peer) {
		e.untrusted(peer)
		if a.shaking != nil {
			<-a.shaking
		}
		return c.Close()
	}
	if herr := e.admitPeer(peer); herr != nil {
		a.refuse(c, herr)
		return nil
	}
	in := &arrival{peer: peer, proxied: a.ln.proxied}
	if e.cfg.Proxy.trusts(peer) {
		in.kind = flagUncharged
	}
	if a.shaking != nil {
		a.wg.Go(func() {
			defer func() { <-a.shaking }()
			e.shakeHands(a.ctx, c, in, a.host)
		})
		return nil
	}
	e.room(a.ctx, c)
	if err := a.host.hand(c, in); err != nil {
		e.countOut(peer, in.kind)
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
	answer := appendReject(nil, herr)
	select {
	case a.lingering <- struct{}{}:
		a.wg.Go(func() { answerRequest(c, answer); <-a.lingering })
	default:
		_ = c.SetDeadline(time.Now().Add(time.Second))
		_, _ = c.Write(answer)
		_ = c.Close()
	}
}

// requestWait is how long the answer to a client that is not let in waits for its request.
const requestWait = 250 * time.Millisecond

// answerRequest answers when the request has begun to come, if it does so soon: to some clients, Go's net/http among them, an answer
// that comes before it has no meaning but that the connection is broken, and they would not see why.
func answerRequest(c net.Conn, answer []byte) {
	var first [1]byte
	_ = c.SetDeadline(time.Now().Add(requestWait))
	_, _ = c.Read(first[:])
	_ = c.SetDeadline(time.Now().Add(time.Second))
	_, _ = c.Write(answer)
	lingerAndClose(c)
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
