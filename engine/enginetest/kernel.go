package enginetest

import (
	"net"
	"net/netip"
)

// kernel is what stands between a connection and its client where a test has a hand on it.
type kernel struct {
	peer     netip.AddrPort
	told     bool // peer is what the engine made of a proxy's word, which may be nothing
	capacity int  // bytes that wait for the client before the socket is full; -1: any number
	perWrite int  // bytes that one write takes at most; 0: any number
	stalled  bool
	writeErr error
}

// socket is the engine's end of a Client.
type socket struct{ c *Client }

func (s socket) Write(p []byte) (int, error) {
	c := s.c
	n, err := c.room(len(p))
	c.take(p[:n])
	return n, err
}

func (s socket) Writev(v [][]byte) (int, error) {
	c := s.c
	want := 0
	for _, p := range v {
		want += len(p)
	}
	n, err := c.room(want)
	left := n
	for _, p := range v {
		k := min(left, len(p))
		c.take(p[:k])
		left -= k
	}
	return n, err
}

func (s socket) CloseWrite() error {
	if s.c.state&(ended|serverFin) != 0 {
		s.c.srv.fatalf("enginetest: the engine ended its half of a socket that was closed")
	}
	s.c.state |= serverFin
	return nil
}

func (s socket) Close(abort bool) {
	c := s.c
	if c.state&serverClosed != 0 {
		c.srv.fatalf("enginetest: the engine closed a socket twice")
	}
	c.state |= serverClosed
	if abort {
		c.state |= serverReset
	}
}

func (s socket) Peer() netip.AddrPort {
	if s.c.kernel != nil && (s.c.kernel.told || s.c.kernel.peer.IsValid()) {
		return s.c.kernel.peer
	}
	return netip.AddrPortFrom(defaultPeer, uint16(s.c.id))
}

func (s socket) SetPeer(a netip.AddrPort) {
	k := s.c.hand()
	k.peer, k.told = a, true
}

// defaultPeer is in the block that RFC 5737 keeps for documentation.
var defaultPeer = netip.AddrFrom4([4]byte{192, 0, 2, 1})

// room returns how many of want bytes the socket takes now.
func (c *Client) room(want int) (int, error) {
	switch {
	case c.state&serverClosed != 0:
		c.srv.fatalf("enginetest: the engine wrote %d bytes to a socket that it had closed", want)
	case c.state&serverFin != 0 && want > 0:
		c.srv.fatalf("enginetest: the engine wrote %d bytes behind its FIN", want)
	case c.state&clientFin != 0:
		return 0, net.ErrClosed
	}
	k := c.kernel
	if k == nil {
		return want, nil
	}
	if err := k.writeErr; err != nil {
		k.writeErr = nil
		return 0, err
	}
	if k.stalled {
		return 0, nil
	}
	if k.perWrite > 0 {
		want = min(want, k.perWrite)
	}
	if k.capacity >= 0 {
		want = min(want, max(0, k.capacity-len(c.arrived)))
	}
	return want, nil
}

// take moves bytes to the client.
func (c *Client) take(p []byte) {
	c.received += uint64(len(p))
	if c.state&discarding == 0 {
		c.arrived = append(c.arrived, p...)
	}
}

// hand returns the client's kernel for changing.
func (c *Client) hand() *kernel {
	if c.kernel == nil {
		c.kernel = &kernel{capacity: -1}
	}
	return c.kernel
}

// SetCapacity sets how many bytes wait for Read before the socket is full; negative: any number.
func (c *Client) SetCapacity(n int) { c.hand().capacity = n }

// SetPerWrite sets how many bytes a write takes at most; 0: any number. The engine takes a write that
// was cut short for a sign that the socket is full.
func (c *Client) SetPerWrite(n int) { c.hand().perWrite = n }

// Stall makes the socket take nothing, until Unstall.
func (c *Client) Stall() { c.hand().stalled = true }

// Unstall ends Stall. The engine notices when it tries again, in an Advance.
func (c *Client) Unstall() { c.hand().stalled = false }

// FailNextWrite makes the next write fail with err.
func (c *Client) FailNextWrite(err error) { c.hand().writeErr = err }
