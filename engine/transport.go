package engine

import "net/netip"

// Socket is the small interface a connection stands on: a non-blocking byte stream
// that one loop owns. gnet's sockets stand behind it in production, memory in
// package enginetest. All methods are called on the owning loop.
type Socket interface {
	// Write takes as much of p as fits without blocking. n < len(p) with a nil
	// error means the socket is full. p is not kept.
	Write(p []byte) (n int, err error)
	// Writev is Write over several slices, in order. It must not change them: they
	// may be shared with other connections.
	Writev(v [][]byte) (n int, err error)
	// CloseWrite ends our half of the stream (TCP FIN); reading goes on.
	CloseWrite() error
	// Close releases the socket at once; with abort the peer sees a reset. It is
	// called exactly once, and after it nothing but Peer.
	Close(abort bool)
	// Peer is the remote address; the zero value where there is none.
	Peer() netip.AddrPort
	// SetPeer makes Peer return a from now on: a trusted proxy has told for whom it speaks. The zero value is legal.
	SetPeer(a netip.AddrPort)
}

// host runs one loop: it calls Loop.turn on the loop's goroutine.
type host interface {
	// wake makes the loop take a turn soon. Any goroutine may call it.
	wake()
	// yield is wake for a loop that wants I/O to be served before its next turn.
	yield()
	// abandon is called on the loop when its goroutine is about to end unasked.
	abandon()
}
