//go:build unix

package engine_test

import (
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// counter counts what opens and closes, without holding the loops up.
type counter struct {
	opens, closes atomic.Int64
	end, ended    chan struct{}
}

func newCounter(refs chan engine.Ref, errs chan *engine.CloseError) *counter {
	n := &counter{end: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(n.ended)
		for {
			select {
			case <-refs:
				n.opens.Add(1)
			case <-errs:
				n.closes.Add(1)
			case <-n.end:
				n.opens.Add(int64(len(refs)))
				n.closes.Add(int64(len(errs)))
				return
			}
		}
	}()
	return n
}

// stop must be called when the engine has ended.
func (n *counter) stop() (opens, closes int64) {
	close(n.end)
	<-n.ended
	return n.opens.Load(), n.closes.Load()
}

// soakClient lives many lives until the server is gone. What it is told is not checked here: it breaks off everywhere.
func soakClient(a net.Addr, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 7))
	for {
		nc, err := net.Dial(a.Network(), a.String())
		if err != nil {
			return
		}
		soakLife(nc, rnd)
		_ = nc.Close()
	}
}

func soakLife(nc net.Conn, rnd *rand.Rand) {
	_ = nc.SetDeadline(time.Now().Add(patience))
	if rnd.IntN(10) == 0 { // leaves in the middle of the head
		_, _ = nc.Write([]byte(plainRequest[:rnd.IntN(len(plainRequest))]))
		return
	}
	c, err := shake(nc)
	if err != nil {
		return
	}
	for range rnd.IntN(8) {
		m := masked(frame.OpBinary, numbered(1, 8+rnd.IntN(1<<(3+rnd.IntN(14)))))
		if rnd.IntN(20) == 0 { // leaves in the middle of a message
			m = m[:rnd.IntN(len(m))]
			_, _ = nc.Write(m)
			break
		}
		if _, err := nc.Write(m); err != nil {
			return
		}
		if rnd.IntN(3) == 0 {
			continue // does not wait for the echo
		}
		if op, p, err := c.next(); err != nil {
			return
		} else if op == frame.OpClose { // the server is going away
			_, _ = nc.Write(masked(frame.OpClose, p))
			_, _, _ = c.next()
			return
		}
	}
	switch rnd.IntN(5) {
	case 0:
		_ = nc.(*net.TCPConn).SetLinger(0) // a reset
	case 1:
		_, _ = nc.Write([]byte{0xff, 0xff}) // a protocol error
	case 2:
		_, _ = nc.Write(masked(frame.OpClose, []byte{0x03, 0xe8}))
		for {
			if _, _, err := c.next(); err != nil {
				return
			}
		}
	case 3:
		_ = nc.(*net.TCPConn).CloseWrite()
	}
}
