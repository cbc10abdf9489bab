package engine

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
)

// webConn is a connection that came from a loop to net/http.
type webConn struct {
	net.Conn
	w     *webServer
	peer  netip.AddrPort // what it is counted under; the zero value for a unix socket
	kind  connFlags      // with flagUncharged it comes from a trusted proxy, and no address is charged with it
	ahead []byte         // was read on the loop, and comes before what the socket has
	moved atomic.Bool    // it is closed, or a loop has it again: in either case counted out here

	framing framing
}

// Read returns what the loop had read, then what comes.
func (c *webConn) Read(p []byte) (int, error) {
	if len(c.ahead) == 0 {
		n, err := c.Conn.Read(p)
		c.framing.watch(p[:n])
		return n, err
	}
	n := copy(p, c.ahead)
	if c.ahead = c.ahead[n:]; len(c.ahead) == 0 {
		c.ahead = nil
	}
	c.framing.watch(p[:n])
	return n, nil
}

// ReadFrom lets net/http send files by sendfile(2).
func (c *webConn) ReadFrom(r io.Reader) (int64, error) {
	if rf, ok := c.Conn.(io.ReaderFrom); ok {
		return rf.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, r)
}

// CloseWrite is what net/http ends a connection with before the client has read the answer.
func (c *webConn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}

// RemoteAddr is the address that the loop knows, which may be better than the socket's.
func (c *webConn) RemoteAddr() net.Addr {
	if c.peer.IsValid() {
		return net.TCPAddrFromAddrPort(c.peer)
	}
	return c.Conn.RemoteAddr()
}

// Close closes the connection and counts it out, once.
func (c *webConn) Close() error {
	err := c.Conn.Close()
	if c.leave() {
		c.w.e.countOut(c.peer, c.kind)
	}
	return err
}

// leave counts the connection out of net/http's, and reports whether it was the first to do so. It is
// still counted at the admission.
func (c *webConn) leave() bool {
	if c.moved.Swap(true) {
		return false
	}
	c.w.conns.Add(-1)
	return true
}

// secureWebConn is one with TLS. net/http puts its state into each request.
type secureWebConn struct {
	*webConn
	tls *tls.Conn
}

// ConnectionState is what net/http asks for.
func (c *secureWebConn) ConnectionState() tls.ConnectionState { return c.tls.ConnectionState() }

// asWebConn returns the webConn that c is, if it is one.
func asWebConn(c net.Conn) (*webConn, bool) {
	switch c := c.(type) {
	case *webConn:
		return c, true
	case *secureWebConn:
		return c.webConn, true
	}
	return nil, false
}
