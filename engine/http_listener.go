package engine

import (
	"net"
	"sync"
)

// webListener is the listener of an http.Server whose connections come from the loops. A loop must not wait, so
// there is a queue between; it is as long as connections are let in, and the server empties it at once.
type webListener struct {
	addr net.Addr

	mu     sync.Mutex
	queue  []net.Conn
	closed bool
	more   chan struct{} // has room for one: something was pushed, or the listener closed
}

func newWebListener() *webListener {
	return &webListener{addr: webAddr{}, more: make(chan struct{}, 1)}
}

// push gives c to the server. It never waits, and reports false if the server is closed.
func (l *webListener) push(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.queue = append(l.queue, c)
	l.wake()
	return true
}

func (l *webListener) wake() {
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// Accept implements net.Listener.
func (l *webListener) Accept() (net.Conn, error) {
	for {
		l.mu.Lock()
		if l.closed {
			l.mu.Unlock()
			return nil, net.ErrClosed
		}
		if len(l.queue) > 0 {
			c := l.queue[0]
			l.queue[0] = nil
			if l.queue = l.queue[1:]; len(l.queue) == 0 {
				l.queue = nil
			}
			l.mu.Unlock()
			return c, nil
		}
		l.mu.Unlock()
		<-l.more
	}
}

// Close implements net.Listener. Connections that nobody accepted are closed.
func (l *webListener) Close() error {
	l.mu.Lock()
	queue := l.queue
	l.queue, l.closed = nil, true
	l.wake()
	l.mu.Unlock()
	for _, c := range queue {
		_ = c.Close()
	}
	return nil
}

// Addr implements net.Listener.
func (l *webListener) Addr() net.Addr { return l.addr }

// webAddr is no address: the connections have theirs.
type webAddr struct{}

func (webAddr) Network() string { return "weir" }
func (webAddr) String() string  { return "weir loops" }
