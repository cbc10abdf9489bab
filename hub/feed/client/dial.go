package client

import (
	"context"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/hub/feed/redial"
)

// subprotocol is the protocol's name in a handshake.
const subprotocol = "weir.v1"

// dial makes a connection. The error is a *RefusedError or a *redial.Retryable.
func (c *Client) dial() (*link, error) {
	ctx, cancel := context.WithTimeout(c.ctx, c.o.DialTimeout)
	defer cancel()
	o := websocket.DialOptions{
		HTTPClient: c.o.HTTPClient, HTTPHeader: c.o.Header, Subprotocols: []string{subprotocol}, CompressionMode: websocket.CompressionDisabled,
	}
	if c.o.Compress {
		o.CompressionMode = websocket.CompressionContextTakeover
	}
	ws, err := redial.Dial(ctx, c.url, c.o.Token, o)
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(c.o.ReadLimit)
	return newLink(ws), nil
}
