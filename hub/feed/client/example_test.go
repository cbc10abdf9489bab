package client_test

import (
	"context"
	"fmt"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
	"github.com/weir-ws/weir/hub/feed/client"
)

// exampleServer is a feed with a channel of tickers that has three messages, and its end.
func exampleServer() (url string, publish func(data string), stop func()) {
	ticker := hub.Ticker()
	h, err := hub.New(hub.Config{Options: func(string) *hub.ChannelOptions { return &ticker }})
	if err != nil {
		panic(err)
	}
	f, err := feed.New(h, feed.Config{})
	if err != nil {
		panic(err)
	}
	e, err := engine.New(engine.Config{Addrs: []string{"127.0.0.1:0"}, DrainWindow: -1}, f.Handler())
	if err != nil {
		panic(err)
	}
	if err := e.Listen(); err != nil {
		panic(err)
	}
	ended := make(chan error)
	go func() { ended <- e.Run(context.Background()) }()
	publish = func(data string) {
		if err := f.Publish(context.Background(), "btcusdt@ticker", []byte(data), 1723161254087896568); err != nil {
			panic(err)
		}
	}
	return "ws://" + e.Addrs()[0].String() + f.Path(), publish, func() { _, _ = e.Shutdown(context.Background()), <-ended }
}

// A reader that stays connected, and is told when something is missing.
func Example() {
	url, publish, stop := exampleServer()
	defer stop()
	publish(`{"p":"61230.10"}`)

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := client.Dial(ctx, url, client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	subscribed, done := make(chan struct{}), make(chan struct{})
	s, err := c.Subscribe("btcusdt@ticker", client.SubscribeOptions{}, func(e client.Event) {
		switch e := e.(type) {
		case *client.Subscribed:
			fmt.Println("subscribed at", e.Seq)
			close(subscribed)
		case *client.Snapshot:
			fmt.Println("state", string(e.Data))
		case *client.Message:
			fmt.Println("message", e.Seq, string(e.Data))
			close(done)
		case *client.Gap:
			fmt.Println("missing:", e.Cause, e.From, e.Seq)
		}
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	<-subscribed
	publish(`{"p":"61230.20"}`)
	<-done
	fmt.Printf("%+v\n", s.Account())
	// Output:
	// subscribed at 1
	// state {"p":"61230.10"}
	// message 2 {"p":"61230.20"}
	// {Messages:1 Superseded:0 Dropped:0 Missing:0 Unknown:0 Repeated:0 Faults:0}
}

// The same as a loop.
func ExampleClient_Events() {
	url, publish, stop := exampleServer()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := client.Dial(ctx, url, client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	for e, err := range c.Events(ctx, "*@ticker", client.SubscribeOptions{MaxHz: 10}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch e := e.(type) {
		case *client.Subscribed:
			fmt.Println("subscribed to", e.Channel, "by", e.Pattern, "at most", e.MaxHz, "messages a second")
		case *client.Message:
			fmt.Println(e.Seq, string(e.Data))
			return
		default:
			publish(`{"p":"61230.20"}`)
		}
	}
}
