// The server under test on github.com/gobwas/ws: no net/http, the upgrade on the bare connection, one goroutine for
// each connection and a second with a queue for each subscriber, a frame compiled once for all.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"

	"github.com/gobwas/ws"

	"github.com/weir-ws/weir/bench/servers/internal/serve"
)

var topic serve.Topic[[]byte]

func main() {
	serve.Main(func(ctx context.Context, addr string) error {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		defer context.AfterFunc(ctx, func() { _ = l.Close() })()
		serve.Ready(l.Addr())
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			if err == nil {
				go serveConn(c)
			}
		}
	})
}

func serveConn(c net.Conn) {
	defer func() { _ = c.Close() }()
	path := ""
	upgrader := ws.Upgrader{OnRequest: func(uri []byte) error {
		path = string(uri)
		switch path {
		case "/echo", "/sub", "/pub":
			return nil
		}
		return ws.RejectConnectionError(ws.RejectionStatus(404))
	}}
	if _, err := upgrader.Upgrade(c); err != nil {
		return // it has answered
	}
	r := &reader{conn: c, in: bufio.NewReader(c)}
	switch path {
	case "/echo":
		r.run(func(h ws.Header, p []byte) error { return r.write(h.OpCode, p) })
	case "/sub":
		defer topic.Leave(topic.Join(
			func(frame []byte) error { _, err := c.Write(frame); return err },
			func() { _ = c.Close() }))
		r.run(func(ws.Header, []byte) error { return nil })
	case "/pub":
		r.run(func(h ws.Header, p []byte) error {
			topic.Publish(ws.MustCompileFrame(ws.NewFrame(h.OpCode, true, p)))
			return nil
		})
	}
}

// maxPayload bounds a message, in bytes.
const maxPayload = 1 << 20

var errRules = errors.New("a frame against the rules, or a fragment, which this server does not put together")

// reader takes the frames of one connection, each a whole message, with the library's functions for headers and
// masking and one buffer.
type reader struct {
	conn    net.Conn
	in      *bufio.Reader
	payload []byte
	out     bytes.Buffer
}

// run hands out messages, which die when f returns, and answers control frames, until the connection ends.
func (r *reader) run(f func(ws.Header, []byte) error) {
	for {
		h, err := r.next()
		if err != nil {
			return
		}
		switch h.OpCode {
		case ws.OpPing:
			err = r.write(ws.OpPong, r.payload)
		case ws.OpPong:
		case ws.OpClose:
			_ = r.write(ws.OpClose, r.payload)
			return
		default:
			err = f(h, r.payload)
		}
		if err != nil {
			return
		}
	}
}

// next reads a frame, its payload into r.payload.
func (r *reader) next() (ws.Header, error) {
	h, err := ws.ReadHeader(r.in)
	if err != nil {
		return h, err
	}
	if !h.Masked || !h.Fin || h.Length > maxPayload || ws.CheckHeader(h, ws.StateServerSide) != nil {
		return h, errRules
	}
	if n := int(h.Length); n <= cap(r.payload) {
		r.payload = r.payload[:n]
	} else {
		r.payload = make([]byte, n)
	}
	if _, err := io.ReadFull(r.in, r.payload); err != nil {
		return h, err
	}
	ws.Cipher(r.payload, h.Mask, 0)
	return h, nil
}

// write sends one frame with one write(2).
func (r *reader) write(op ws.OpCode, p []byte) error {
	r.out.Reset()
	if err := ws.WriteFrame(&r.out, ws.NewFrame(op, true, p)); err != nil {
		return err
	}
	_, err := r.conn.Write(r.out.Bytes())
	return err
}
