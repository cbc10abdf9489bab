package tail

import (
	"context"
	"net/url"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/hub/feed/redial"
)

const (
	dialTimeout = 10 * time.Second
	// A connection that answers no ping has died without telling. Twice the time to notice is what a person waits.
	pingEvery   = 15 * time.Second
	pingTimeout = 10 * time.Second
	// maxMessage is more than any server of ours sends.
	maxMessage = 64 << 20
)

// connection is one WebSocket connection and the goroutines that serve it.
type connection struct {
	ws     *websocket.Conn
	frames chan []byte   // what came, in order; closed at the end
	stop   chan struct{} // nobody takes frames any more
	err    error         // a *redial.Retryable: why it ended; after frames was closed
}

// connect dials and subscribes. The error is a *redial.RefusedError or a *redial.Retryable.
func connect(ctx context.Context, u *url.URL, token func() (string, error), channels []string) (*connection, error) {
	dial, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	show := redial.Token(nil)
	if token != nil {
		show = func(context.Context) (string, error) { return token() }
	}
	ws, err := redial.Dial(dial, u, show, websocket.DialOptions{CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(maxMessage)
	requests, err := subscribes(channels)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		if err := ws.Write(dial, websocket.MessageText, r); err != nil {
			_ = ws.CloseNow()
			return nil, &redial.Retryable{Err: redial.Plain(err)}
		}
	}
	c := &connection{ws: ws, frames: make(chan []byte, 256), stop: make(chan struct{})}
	go c.read()
	go c.ping()
	return c, nil
}

// read passes on what comes until the connection ends.
func (c *connection) read() {
	defer close(c.frames)
	for {
		_, p, err := c.ws.Read(context.Background())
		if err != nil {
			c.err = redial.Lost(err)
			return
		}
		select {
		case c.frames <- p:
		case <-c.stop:
			return
		}
	}
}

// ping finds out connections that have died in silence, and ends them.
func (c *connection) ping() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-c.stop:
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
		err := c.ws.Ping(ctx)
		cancel()
		if err != nil {
			_ = c.ws.CloseNow()
			return
		}
	}
}

// close ends the connection and its goroutines. politely waits for the server to agree.
func (c *connection) close(politely bool) {
	close(c.stop)
	if politely {
		_ = c.ws.Close(websocket.StatusNormalClosure, "") // a server that does not answer is cut off
	} else {
		_ = c.ws.CloseNow()
	}
	for range c.frames { // until read has gone
	}
}
