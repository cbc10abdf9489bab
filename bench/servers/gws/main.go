// The server under test on github.com/lxzan/gws, with its Broadcaster.
package main

import (
	"context"
	"net/http"

	"github.com/lxzan/gws"

	"github.com/weir-ws/weir/bench/servers/internal/serve"
)

var room serve.Room[*gws.Conn]

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", upgraded(echo{}))
	mux.HandleFunc("/sub", upgraded(subscriber{}))
	mux.HandleFunc("/pub", upgraded(publisher{}))
	serve.Main(func(ctx context.Context, addr string) error { return serve.HTTP(ctx, addr, mux) })
}

// upgraded reads on a goroutine of its own, as the library asks for with net/http. ParallelEnabled, which its README
// recommends, stays off: messages of one connection would overtake each other.
func upgraded(h gws.Event) http.HandlerFunc {
	upgrader := gws.NewUpgrader(h, nil)
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r)
		if err != nil {
			return // it has answered
		}
		go c.ReadLoop()
	}
}

// pings answers pings, which the library leaves to the handler.
type pings struct{ gws.BuiltinEventHandler }

func (pings) OnPing(c *gws.Conn, p []byte) { _ = c.WritePong(p) }

type echo struct{ pings }

func (echo) OnMessage(c *gws.Conn, m *gws.Message) {
	_ = c.WriteMessage(m.Opcode, m.Bytes())
	_ = m.Close()
}

type subscriber struct{ pings }

func (subscriber) OnOpen(c *gws.Conn)           { room.Add(c) }
func (subscriber) OnClose(c *gws.Conn, _ error) { room.Remove(c) }

type publisher struct{ pings }

func (publisher) OnMessage(_ *gws.Conn, m *gws.Message) {
	b := gws.NewBroadcaster(m.Opcode, m.Bytes())
	room.Each(func(c *gws.Conn) bool { return b.Broadcast(c) == nil })
	_ = b.Close()
	_ = m.Close()
}
