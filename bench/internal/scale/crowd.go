package scale

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/raw"
)

// crowd is a server in memory with its clients, all on one loop, which is the caller's goroutine. Every client is
// always sent the same number of bytes: that is how a loss would show.
type crowd struct {
	*enginetest.Server
	hub     *hub.Hub
	conns   []*engine.Conn // as in clients
	clients []*enginetest.Client
	closed  int
	arrived uint64 // bytes that each client must have received
}

// handshakesOver is past the engine's default time limit for a handshake, so that it keeps no deadline of a connection.
const handshakesOver = 6 * time.Second

// settleEvery bounds what waits in the mailbox while a crowd joins.
const settleEvery = 1024

func newCrowd(n int) (*crowd, error) {
	h, err := hub.New(hub.Config{})
	if err != nil {
		return nil, err
	}
	w := &crowd{hub: h, conns: make([]*engine.Conn, 0, n), clients: make([]*enginetest.Client, 0, n)}
	w.Server = enginetest.New(nil, engine.Config{}, engine.Handler{
		Open:  func(c *engine.Conn) { w.conns = append(w.conns, c) },
		Close: func(c *engine.Conn, _ error) { w.closed++; raw.Close(h, c) },
	})
	return w, nil
}

// connect opens n connections that are in no channel.
func (w *crowd) connect(ctx context.Context, n int) error {
	request := enginetest.Request("/")
	for i := range n {
		c := w.Dial()
		c.Discard()
		c.Write(request)
		w.clients = append(w.clients, c)
		if i%settleEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	w.Advance(handshakesOver)
	if len(w.conns) != n {
		return fmt.Errorf("%d of %d handshakes were completed", len(w.conns), n)
	}
	w.arrived = w.clients[0].Received()
	return w.verify()
}

// join puts every connection into the channels that names gives for it.
func (w *crowd) join(ctx context.Context, names func(i int) []string) error {
	for i, c := range w.conns {
		if err := raw.Open(w.hub, c, names(i)...); err != nil {
			return err
		}
		if i%settleEvery == 0 {
			w.Settle()
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	w.Settle()
	return nil
}

// payload is the market-data message that the bench's fan cells send too.
var payload = make([]byte, 128)

var wireLen = uint64(len(frame.AppendFrame(nil, frame.Header{Fin: true, Op: frame.OpBinary}, payload)))

// publish sends one message to each of the channels and gives the loop turns until all of it is written.
func (w *crowd) publish(channels ...string) error {
	for _, ch := range channels {
		if _, err := w.hub.Publish(context.Background(), ch, hub.Payload{Op: frame.OpBinary, Data: payload}); err != nil {
			return err
		}
	}
	w.Settle()
	return nil
}

// verify checks that every client received what it was sent: to the byte, since their totals must agree.
func (w *crowd) verify() error {
	for i, c := range w.clients {
		if got := c.Received(); got != w.arrived {
			return fmt.Errorf("connection %d received %d bytes, want %d", i, got, w.arrived)
		}
	}
	return nil
}

// shuffle puts the clients into an order of its own: what they do by themselves doesn't come in the order of memory.
func (w *crowd) shuffle() {
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(w.clients), func(i, k int) { w.clients[i], w.clients[k] = w.clients[k], w.clients[i] })
}
