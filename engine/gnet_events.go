//go:build unix

package engine

import (
	"errors"
	"fmt"
	"io"

	"github.com/panjf2000/gnet/v2"
)

// OnOpen runs on the gnet loop that got the socket. The control connections are opened one after the other,
// each before the next is begun, so byLoop is written by one goroutine at a time.
func (h *gnetHost) OnOpen(gc gnet.Conn) ([]byte, gnet.Action) {
	a, ok := gc.Context().(*arrival)
	if !ok {
		return nil, gnet.Close
	}
	a.opened = true
	slim(gc)
	if a.control {
		l, el := h.e.loops[len(h.byLoop)], gc.EventLoop()
		h.byLoop[el] = l
		host := l.host.(*gnetLoop)
		host.control, host.nudge = gc, a.nudge
		host.el.Store(&el)
		l.woken.Store(false)
		l.wake() // something may have been posted before
		return nil, gnet.None
	}
	l := h.byLoop[gc.EventLoop()]
	l.owner.enter()
	if control := l.host.(*gnetLoop).control; wordsOf(&gc).typ != wordsOf(&control).typ {
		h.e.cfg.Logger.Error("gnet has another type for this connection than for others; it was closed", "type", fmt.Sprintf("%T", gc))
		return nil, gnet.Close
	}
	bare := gnetSocket{gc: wordsOf(&gc).data, fd: int32(gc.Fd()), addr: a.peer.Addr().As16(), port: a.peer.Port(), known: a.peer.IsValid()}
	if a.tls != nil {
		h.openTLS(gc, l, bare, a)
		return nil, gnet.None
	}
	s := &bare
	gc.SetContext(s)
	l.openAs(&s.conn, a.kind)
	if a.proxied {
		s.conn.expectProxy()
	}
	if a.adopted != nil {
		s.conn.adopt(a.adopted)
	}
	return nil, gnet.None
}

// openTLS is OnOpen for a connection that has its TLS handshake behind it.
func (h *gnetHost) openTLS(gc gnet.Conn, l *Loop, bare gnetSocket, a *arrival) {
	s := &tlsSocket{bare, a.tls}
	a.tls.pipe.bufs = l.tlsBufs()
	gc.SetContext(s)
	l.openAs(&s.conn, a.kind|flagTLS)
	if a.adopted != nil {
		s.conn.adopt(a.adopted)
	}
	if !s.closed {
		s.read(nil) // what came in the same segment as the end of the handshake
	}
}

// OnTraffic runs when a read brought bytes.
func (h *gnetHost) OnTraffic(gc gnet.Conn) gnet.Action {
	// All of it is taken at once, so nothing is ever left in gnet's inbound buffer.
	p, _ := gc.Next(-1)
	switch s := gc.Context().(type) {
	case *gnetSocket:
		s.conn.receive(p)
	case *tlsSocket:
		s.read(p)
	default:
		h.byLoop[gc.EventLoop()].turn()
	}
	return gnet.None
}

// OnClose runs inside gnet's close, whoever asked for it, before the descriptor is closed.
func (h *gnetHost) OnClose(gc gnet.Conn, err error) gnet.Action {
	var s *gnetSocket
	switch c := gc.Context().(type) {
	case *gnetSocket:
		s = c
	case *tlsSocket:
		s = &c.gnetSocket
	default:
		h.controlClosed(err)
		return gnet.None
	}
	if s.closed {
		return gnet.None
	}
	if errors.Is(err, io.EOF) {
		s.conn.catchUp() // while we can still answer
	}
	s.closed = true
	switch {
	case errors.Is(err, io.EOF):
		err = nil // the peer's FIN
	case err == nil:
		err = ErrClosed // the loop is being stopped: our own closes don't come here
	}
	s.conn.peerGone(err)
	return gnet.None
}

// controlClosed reports a loop that ends although stop was not called.
func (h *gnetHost) controlClosed(err error) {
	if h.ending.Load() {
		return
	}
	h.dead.Store(true)
	if err == nil {
		err = errors.New("gnet closed its connections")
	}
	h.e.loopDied(err)
}
