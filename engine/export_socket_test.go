//go:build unix

package engine

import (
	"context"
	"net"
	"net/netip"
	"sync"

	gneterrors "github.com/panjf2000/gnet/v2/pkg/errors"
)

// RequestWait is how long the answer to a client that is not let in waits for its request.
const RequestWait = requestWait

// KillLoop makes the gnet loop under l end on its own, as a failure inside gnet would.
func KillLoop(l *Loop) error {
	return (*l.host.(*gnetLoop).el.Load()).Execute(context.Background(), dyingTask{})
}

type dyingTask struct{}

func (dyingTask) Run(context.Context) error { return gneterrors.ErrEngineShutdown }

// Hosted starts the loops of e alone, without listeners, and returns what gives a socket to one of them, as an
// acceptor does, and what ends them.
func Hosted(e *Engine) (hand func(net.Conn, netip.AddrPort) error, stop func(), err error) {
	h, err := startGnet(e)
	if err != nil {
		return nil, nil, err
	}
	return func(c net.Conn, peer netip.AddrPort) error { return h.hand(c, &arrival{peer: peer}) }, h.stop, nil
}

// MaxConnsFor is the cap that Config.MaxConns comes to under the descriptor limit in force.
func MaxConnsFor(want int) int { return maxConns(want) }

// FDReserve is the number of descriptors kept from connections.
const FDReserve = fdReserve

// AcceptPauseMax is the longest pause between two tries of accept.
const AcceptPauseMax = acceptPauseMax

// Acceptors is the number of goroutines that accept on a listener.
const Acceptors = acceptors

// SocketOf returns the socket under a connection, which is closed once Handler.Close runs.
func SocketOf(c *Conn) Socket { return c.socket() }

// Descriptor is the file descriptor of a connection on gnet.
func Descriptor(c *Conn) int { return int(gnetSocketOf(c).(*gnetSocket).fd) }

// HoldGuard keeps the memory guard from looking until the function it returns is called.
func HoldGuard(e *Engine) func() {
	ch := make(chan struct{})
	e.asides <- func() { <-ch }
	return sync.OnceFunc(func() { close(ch) })
}
