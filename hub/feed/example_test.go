package feed_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/coder/websocket"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// A whole feed: a hub, a feed of its channels, an engine that serves it, and a publisher.
func Example() {
	h, err := hub.New(hub.Config{Panicked: feed.Panicked})
	if err != nil {
		panic(err)
	}
	f, err := feed.New(h, feed.Config{
		Known: func(channel string) bool { return strings.HasSuffix(channel, "@trade") },
	})
	if err != nil {
		panic(err)
	}
	e, err := engine.New(engine.Config{Addrs: []string{"127.0.0.1:0"}}, f.Handler())
	if err != nil {
		panic(err)
	}
	if err := e.Listen(); err != nil {
		panic(err)
	}
	ended := make(chan error)
	go func() { ended <- e.Run(context.Background()) }()

	ctx := context.Background()
	c, _, err := websocket.Dial(ctx, "ws://"+e.Addrs()[0].String()+f.Path(), nil)
	if err != nil {
		panic(err)
	}
	say := func(msg string) {
		if err := c.Write(ctx, websocket.MessageText, []byte(msg)); err != nil {
			panic(err)
		}
	}
	hear := func() {
		_, p, err := c.Read(ctx)
		if err != nil {
			panic(err)
		}
		fmt.Println(maskEpoch(string(p)))
	}

	say(`{"type":"subscribe","channel":"btcusdt@trade"}`)
	hear()
	if err := f.Publish(ctx, "btcusdt@trade", []byte(`{"p":"61230.10"}`), 1723161254087896568); err != nil {
		panic(err)
	}
	hear()
	say(`{"type":"subscribe","channel":"btcusdt@depth","id":1}`)
	hear()

	_ = c.CloseNow()
	_ = e.Shutdown(ctx)
	fmt.Println("server:", <-ended)
	// Output:
	// {"type":"subscribed","channel":"btcusdt@trade","epoch":"E","seq":0}
	// {"type":"message","channel":"btcusdt@trade","seq":1,"ts":1723161254087896568,"data":{"p":"61230.10"}}
	// {"type":"error","code":"unknown_channel","message":"there is no such channel","channel":"btcusdt@depth","id":1}
	// server: <nil>
}
