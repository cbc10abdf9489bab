package engine

import (
	"net"
	"time"
)

// tlsPipe is the net.Conn that a tls.Conn stands on. It has two ways to work. With real set it is that connection: so
// during the handshake, and in net/http's hands. Without, a loop puts ciphertext into in and takes it from
// the loop's buffers, and nothing ever blocks.
type tlsPipe struct {
	in    []byte      // ciphertext that comes before what real has
	first []byte      // ciphertext that has to be written to real before anything else
	bufs  *tlsBuffers // where ciphertext goes to, on a loop
	real  net.Conn
}

// errNoInput is what a tlsPipe reads on a loop when there is nothing. crypto/tls makes any read error permanent, but for a
// net.Error that says it is temporary; Temporary is deprecated for what it cannot tell in general, and
// TestTLSTemporaryErrors holds that crypto/tls still asks for it.
type noInput struct{}

func (noInput) Error() string   { return "no ciphertext yet" }
func (noInput) Timeout() bool   { return true }
func (noInput) Temporary() bool { return true }

var errNoInput net.Error = noInput{}

// Read implements net.Conn.
func (c *tlsPipe) Read(p []byte) (int, error) {
	switch {
	case len(c.in) > 0:
		n := copy(p, c.in)
		c.in = c.in[n:]
		return n, nil
	case c.real != nil:
		return c.real.Read(p)
	}
	return 0, errNoInput
}

// Write implements net.Conn. On a loop it takes everything and cannot fail, because a tls.Conn has no way back from a
// record that was written in part.
func (c *tlsPipe) Write(p []byte) (int, error) {
	switch {
	case c.real != nil:
		if len(c.first) > 0 {
			if _, err := c.real.Write(c.first); err != nil {
				return 0, err
			}
			c.first = nil
		}
		return c.real.Write(p)
	case c.bufs == nil: // between one holder and the next, where nobody should write
		return 0, net.ErrClosed
	}
	c.bufs.out = append(c.bufs.out, p...)
	return len(p), nil
}

// Close implements net.Conn.
func (c *tlsPipe) Close() error {
	if c.real == nil {
		return nil
	}
	return c.real.Close()
}

// LocalAddr implements net.Conn.
func (c *tlsPipe) LocalAddr() net.Addr {
	if c.real == nil {
		return webAddr{}
	}
	return c.real.LocalAddr()
}

// RemoteAddr implements net.Conn.
func (c *tlsPipe) RemoteAddr() net.Addr {
	if c.real == nil {
		return webAddr{}
	}
	return c.real.RemoteAddr()
}

// SetDeadline implements net.Conn.
func (c *tlsPipe) SetDeadline(t time.Time) error {
	if c.real == nil {
		return nil // a loop has deadlines of its own
	}
	return c.real.SetDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *tlsPipe) SetReadDeadline(t time.Time) error {
	if c.real == nil {
		return nil
	}
	return c.real.SetReadDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (c *tlsPipe) SetWriteDeadline(t time.Time) error {
	if c.real == nil {
		return nil
	}
	return c.real.SetWriteDeadline(t)
}
