// The server under test on github.com/lesismal/nbio, in its non-blocking mode: connections on pollers, no goroutine for
// any of them.
package main

import (
	"context"
	"net"
	"net/http"

	"github.com/lesismal/nbio/logging"
	"github.com/lesismal/nbio/nbhttp"
	"github.com/lesismal/nbio/nbhttp/websocket"

	"github.com/weir-ws/weir/bench/servers/internal/serve"
)

// maxLoad is the number of connections; the library's own limit is 10,000.
const maxLoad = 1_000_000

var room serve.Room[*websocket.Conn]

func main() {
	logging.SetLevel(logging.LevelError) // it prints a banner
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", upgraded(echo()))
	mux.HandleFunc("/sub", upgraded(subscriber()))
	mux.HandleFunc("/pub", upgraded(publisher()))
	serve.Main(func(ctx context.Context, addr string) error { return run(ctx, addr, mux) })
}

func run(ctx context.Context, addr string, mux http.Handler) error {
	var at net.Addr
	engine := nbhttp.NewEngine(nbhttp.Config{
		Network: "tcp", Addrs: []string{addr}, Handler: mux,
		IOMod: nbhttp.IOModNonBlocking, MaxLoad: maxLoad, ReleaseWebsocketPayload: true,
		Listen: func(network, addr string) (net.Listener, error) {
			l, err := net.Listen(network, addr)
			if err == nil {
				at = l.Addr()
			}
			return l, err
		},
	})
	if err := engine.Start(); err != nil {
		return err
	}
	serve.Ready(at)
	<-ctx.Done() // the end of the process ends the engine
	return nil
}

func upgraded(u *websocket.Upgrader) http.HandlerFunc {
	u.KeepaliveTime = 0 // it would close whoever sends nothing for two minutes
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = u.Upgrade(w, r, nil) // it answers errors itself
	}
}

func echo() *websocket.Upgrader {
	u := websocket.NewUpgrader()
	u.OnMessage(func(c *websocket.Conn, typ websocket.MessageType, p []byte) { _ = c.WriteMessage(typ, p) })
	return u
}

func subscriber() *websocket.Upgrader {
	u := websocket.NewUpgrader()
	u.OnMessage(func(*websocket.Conn, websocket.MessageType, []byte) {})
	u.OnOpen(func(c *websocket.Conn) { room.Add(c) })
	// A write that fails in the midst of a fan-out may call this, and the room is locked then.
	u.OnClose(func(c *websocket.Conn, _ error) { go room.Remove(c) })
	return u
}

func publisher() *websocket.Upgrader {
	u := websocket.NewUpgrader()
	u.OnMessage(func(_ *websocket.Conn, typ websocket.MessageType, p []byte) {
		room.Each(func(c *websocket.Conn) bool { return c.WriteMessage(typ, p) == nil })
	})
	return u
}
