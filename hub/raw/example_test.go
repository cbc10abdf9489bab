package raw_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/raw"
)

// broadcastServer is a complete server: what arrives on a connection to /pub goes to
// every connection to /sub, the same bytes with the same opcode.
func broadcastServer(h *hub.Hub) (*engine.Engine, error) {
	return engine.New(engine.Config{Addrs: []string{"127.0.0.1:0"}}, engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) {
			switch r.URL.Path {
			case "/sub", "/pub":
				return engine.Accept{User: r.URL.Path}, nil
			}
			return engine.Accept{}, &engine.HTTPError{Status: http.StatusNotFound, Body: "try /sub or /pub\n"}
		},
		Open: func(c *engine.Conn) {
			if c.User() == "/sub" {
				if err := raw.Open(h, c, "topic"); err != nil {
					c.Close(frame.StatusTryAgainLater, err.Error())
				}
			}
		},
		Message: func(c *engine.Conn, op frame.Op, p []byte) {
			if c.User() != "/pub" {
				return
			}
			// p dies when this returns, and the hub keeps what it is given: hence the clone.
			_, err := h.Publish(context.Background(), "topic", hub.Payload{Op: op, Data: bytes.Clone(p)})
			if err != nil {
				c.Close(frame.StatusTryAgainLater, err.Error())
			}
		},
		Close: func(c *engine.Conn, _ error) { raw.Close(h, c) },
	})
}

func Example() {
	h, err := hub.New(hub.Config{})
	if err != nil {
		panic(err)
	}
	e, err := broadcastServer(h)
	if err != nil {
		panic(err)
	}
	if err := e.Listen(); err != nil {
		panic(err)
	}
	ended := make(chan error)
	go func() { ended <- e.Run(context.Background()) }()

	ctx, url := context.Background(), "ws://"+e.Addrs()[0].String()
	var subs []*websocket.Conn
	for range 3 {
		c, _, err := websocket.Dial(ctx, url+"/sub", nil)
		if err != nil {
			panic(err)
		}
		subs = append(subs, c)
	}
	for h.Members("topic") < 3 { // a client is told that it is connected, not that it is in
		time.Sleep(time.Millisecond)
	}
	pub, _, err := websocket.Dial(ctx, url+"/pub", nil)
	if err != nil {
		panic(err)
	}
	if err := pub.Write(ctx, websocket.MessageText, []byte("high water")); err != nil {
		panic(err)
	}
	for i, c := range subs {
		_, p, err := c.Read(ctx)
		fmt.Printf("subscriber %d: %s, error %v\n", i, p, err)
		_ = c.CloseNow()
	}
	_ = pub.CloseNow()
	_ = e.Shutdown(ctx)
	fmt.Println("server:", <-ended)
	// Output:
	// subscriber 0: high water, error <nil>
	// subscriber 1: high water, error <nil>
	// subscriber 2: high water, error <nil>
	// server: <nil>
}
