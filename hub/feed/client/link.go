package client

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// link is one connection and the goroutines beside the one that reads it.
type link struct {
	ws     *websocket.Conn
	ctx    context.Context // ended with the link
	cancel context.CancelFunc
	run    sync.WaitGroup

	frames atomic.Uint64 // that were read

	mu   sync.Mutex
	out  [][]byte      // to be written
	more chan struct{} // out is not empty
}

func newLink(ws *websocket.Conn) *link {
	l := &link{ws: ws, more: make(chan struct{}, 1)}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.run.Go(l.write)
	return l
}

// send queues a request; it never waits, so that handlers may ask for things. What is queued is bounded by what the caller wants.
func (l *link) send(p []byte) {
	l.mu.Lock()
	l.out = append(l.out, p)
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// write sends what is queued, in order.
func (l *link) write() {
	for {
		select {
		case <-l.more:
		case <-l.ctx.Done():
			return
		}
		l.mu.Lock()
		out := l.out
		l.out = nil
		l.mu.Unlock()
		for _, p := range out {
			if l.ws.Write(l.ctx, websocket.MessageText, p) != nil {
				_ = l.ws.CloseNow() // reading finds out why
				return
			}
		}
	}
}

// ping finds out a connection that has died in silence, and ends it. While a handler runs nobody reads, so no answer can come, and
// that says nothing about the connection.
func (l *link) ping(every, timeout time.Duration, busy *atomic.Bool) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-l.ctx.Done():
			return
		}
		if busy.Load() {
			continue
		}
		before := l.frames.Load()
		ctx, cancel := context.WithTimeout(l.ctx, timeout)
		err := l.ws.Ping(ctx)
		cancel()
		if err != nil && l.frames.Load() == before && !busy.Load() {
			_ = l.ws.CloseNow()
			return
		}
	}
}

// close ends the link, and returns when its goroutines have.
func (l *link) close() {
	l.cancel()
	_ = l.ws.CloseNow()
	l.run.Wait()
}
