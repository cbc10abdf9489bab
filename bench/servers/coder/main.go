// The server under test on github.com/coder/websocket: a queue and a writer goroutine for each subscriber, as in the
// library's chat example. It has no way to prepare a message for many.
package main

import (
	"context"
	"net/http"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/bench/servers/internal/serve"
)

// readLimit is the largest message in bytes; the library's own limit is 32 KiB.
const readLimit = 1 << 20

type message struct {
	typ     websocket.MessageType
	payload []byte
}

var topic serve.Topic[message]

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", upgraded(echo))
	mux.HandleFunc("/sub", upgraded(subscribe))
	mux.HandleFunc("/pub", upgraded(publish))
	serve.Main(func(ctx context.Context, addr string) error { return serve.HTTP(ctx, addr, mux) })
}

func upgraded(f func(context.Context, *websocket.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return // it has answered
		}
		c.SetReadLimit(readLimit)
		go func() {
			f(context.Background(), c)
			_ = c.CloseNow()
		}()
	}
}

func echo(ctx context.Context, c *websocket.Conn) {
	for {
		typ, p, err := c.Read(ctx)
		if err != nil || c.Write(ctx, typ, p) != nil {
			return
		}
	}
}

func publish(ctx context.Context, c *websocket.Conn) {
	for {
		typ, p, err := c.Read(ctx)
		if err != nil {
			return
		}
		topic.Publish(message{typ, p})
	}
}

func subscribe(ctx context.Context, c *websocket.Conn) {
	write := func(m message) error { return c.Write(ctx, m.typ, m.payload) }
	// CloseNow waits for the connection's goroutines, and cut must not block.
	defer topic.Leave(topic.Join(write, func() { go func() { _ = c.CloseNow() }() }))
	for {
		if _, _, err := c.Reader(ctx); err != nil {
			return
		}
	}
}
