// The server under test on github.com/gorilla/websocket: a message is prepared once, and a queue and a writer
// goroutine for each subscriber take it to its socket, as in the library's chat example.
package main

import (
	"context"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/weir-ws/weir/bench/servers/internal/serve"
)

var (
	upgrader = websocket.Upgrader{WriteBufferPool: &sync.Pool{}}
	topic    serve.Topic[*websocket.PreparedMessage]
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", upgraded(echo))
	mux.HandleFunc("/sub", upgraded(subscribe))
	mux.HandleFunc("/pub", upgraded(publish))
	serve.Main(func(ctx context.Context, addr string) error { return serve.HTTP(ctx, addr, mux) })
}

// upgraded serves the connection on a goroutine of its own, so that what net/http holds for the request is given back.
func upgraded(f func(*websocket.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // it has answered
		}
		go func() {
			f(c)
			_ = c.Close()
		}()
	}
}

func echo(c *websocket.Conn) {
	for {
		typ, p, err := c.ReadMessage()
		if err != nil || c.WriteMessage(typ, p) != nil {
			return
		}
	}
}

func publish(c *websocket.Conn) {
	for {
		typ, p, err := c.ReadMessage()
		if err != nil {
			return
		}
		m, err := websocket.NewPreparedMessage(typ, p)
		if err != nil {
			return
		}
		topic.Publish(m)
	}
}

func subscribe(c *websocket.Conn) {
	defer topic.Leave(topic.Join(c.WritePreparedMessage, func() { _ = c.Close() }))
	for {
		if _, _, err := c.NextReader(); err != nil {
			return
		}
	}
}
