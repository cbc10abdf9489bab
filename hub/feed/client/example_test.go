package client_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/weir-ws/weir/hub/feed/client"
)

// Follows a ticker, five times a second at most, over any number of connections.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, err := client.Dial(ctx, "ws://127.0.0.1:8080/feed", client.Options{})
	if err != nil {
		log.Print(err)
		return
	}
	defer func() { _ = c.Close() }()
	_, err = c.Subscribe("btcusdt@bookTicker", client.SubscribeOptions{MaxHz: 5}, func(e client.Event) {
		switch e := e.(type) {
		case *client.Message:
			fmt.Printf("%s stands for %d to %d: %s\n", e.Channel, e.From, e.Seq, e.Data)
		case *client.Gap:
			fmt.Printf("%s: messages are missing (%v)\n", e.Channel, e.Cause)
		}
	})
	if err != nil {
		log.Print(err)
		return
	}
	<-ctx.Done()
}
