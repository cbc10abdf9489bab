package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/raw"
)

// subscriber is what Upgrade leaves with a connection for Open: the channels to join.
type subscriber struct{ channels []string }

// publisher is the user of a connection whose messages go round its channels.
type publisher struct {
	channels []string
	next     int
}

// hundred are the channels of /sub/100 and /pub/100.
var hundred = func() (names []string) {
	for i := range 100 {
		names = append(names, fmt.Sprintf("channel/%d", i))
	}
	return names
}()

var all = []string{"all"}

func upgrade(r *http.Request) (engine.Accept, error) {
	switch r.URL.Path {
	case "/echo":
		return engine.Accept{}, nil
	case "/sub":
		return engine.Accept{User: &subscriber{all}}, nil
	case "/sub/100":
		return engine.Accept{User: &subscriber{hundred}}, nil
	case "/pub":
		return engine.Accept{User: &publisher{channels: all}}, nil
	case "/pub/100":
		return engine.Accept{User: &publisher{channels: hundred}}, nil
	}
	return engine.Accept{}, notFound
}

func handler(h *hub.Hub) engine.Handler {
	return engine.Handler{
		Upgrade: upgrade,
		Open: func(c *engine.Conn) {
			if s, ok := c.User().(*subscriber); ok {
				if err := raw.Open(h, c, s.channels...); err != nil {
					c.Close(frame.StatusInternalError, err.Error())
				}
			}
		},
		Message: func(c *engine.Conn, op frame.Op, p []byte) {
			switch u := c.User().(type) {
			case nil:
				c.Send(op, p)
			case *publisher:
				if _, err := h.Publish(context.Background(), u.channels[u.next], hub.Payload{Op: op, Data: bytes.Clone(p)}); err != nil {
					c.Close(frame.StatusTryAgainLater, err.Error())
				}
				u.next = (u.next + 1) % len(u.channels)
			}
		},
		Close: func(c *engine.Conn, _ error) { raw.Close(h, c) },
	}
}
