package tail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
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
	err    retryable     // why it ended; after frames was closed
}

// retryable is an error after which asking again may help.
type retryable struct {
	error
	after time.Duration // what the server asked for
}

// connect dials and subscribes. The error is a *RefusedError, a retryable or ctx's.
func connect(ctx context.Context, u *url.URL, token func() (string, error), channels []string) (*connection, error) {
	dial, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	o := &websocket.DialOptions{CompressionMode: websocket.CompressionDisabled}
	if token != nil {
		text, err := token()
		if err != nil {
			return nil, retryable{error: err}
		}
		if text != "" {
			o.HTTPHeader = http.Header{"Authorization": {"Bearer " + text}}
		}
	}
	ws, resp, err := websocket.Dial(dial, u.String(), o)
	if err != nil {
		return nil, dialError(u, resp, err)
	}
	ws.SetReadLimit(maxMessage)
	requests, err := subscribes(channels)
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		if err := ws.Write(dial, websocket.MessageText, r); err != nil {
			_ = ws.CloseNow()
			return nil, retryable{error: plainError(err)}
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
			c.err = retryable{error: plainError(err), after: hint(err)}
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

// dialError says what a handshake that failed means.
func dialError(u *url.URL, resp *http.Response, err error) error {
	if resp == nil || resp.StatusCode == http.StatusSwitchingProtocols {
		return retryable{error: plainError(err)}
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 512)) // as much as came is shown
	refused := &RefusedError{URL: shown(u), Status: resp.StatusCode, Body: strings.TrimSpace(string(body))}
	if hopeless(resp.StatusCode) {
		return refused
	}
	return retryable{error: refused, after: retryAfter(resp.Header)}
}

// plainError takes the layers off an error that say nothing to a person.
func plainError(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	var ce websocket.CloseError
	if errors.As(err, &ce) {
		if ce.Reason == "" {
			return fmt.Errorf("closed by the server with %d", ce.Code)
		}
		return fmt.Errorf("closed by the server with %d (%s)", ce.Code, ce.Reason)
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the server ended the connection without a word")
	}
	return err
}
