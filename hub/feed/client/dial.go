package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// subprotocol is the protocol's name in a handshake.
const subprotocol = "weir.v1"

// retryable is an error after which asking again may help.
type retryable struct {
	error
	after time.Duration // what the server has asked for
}

// Unwrap returns the error itself.
func (r *retryable) Unwrap() error { return r.error }

// dial makes a connection. The error is a *RefusedError or *retryable.
func (c *Client) dial() (*link, error) {
	ctx, cancel := context.WithTimeout(c.ctx, c.o.DialTimeout)
	defer cancel()
	o := &websocket.DialOptions{
		HTTPClient: c.o.HTTPClient, HTTPHeader: c.o.Header.Clone(), Subprotocols: []string{subprotocol},
		CompressionMode: websocket.CompressionDisabled,
	}
	if c.o.Compress {
		o.CompressionMode = websocket.CompressionContextTakeover
	}
	if c.o.Token != nil {
		token, err := c.o.Token(ctx)
		if err != nil {
			return nil, &retryable{error: err}
		}
		if token != "" {
			if o.HTTPHeader == nil {
				o.HTTPHeader = make(http.Header)
			}
			o.HTTPHeader.Set("Authorization", "Bearer "+token)
		}
	}
	ws, resp, err := websocket.Dial(ctx, c.url.String(), o)
	if err != nil {
		return nil, c.refusal(resp, err)
	}
	ws.SetReadLimit(c.o.ReadLimit)
	return newLink(ws), nil
}

// refusal says what a handshake that failed means.
func (c *Client) refusal(resp *http.Response, err error) error {
	if resp == nil || resp.StatusCode == http.StatusSwitchingProtocols {
		return &retryable{error: plainError(err)}
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 512)) // as much as came is shown
	refused := &RefusedError{URL: shown(c.url), Status: resp.StatusCode, Body: strings.TrimSpace(string(body))}
	if hopeless(resp.StatusCode) {
		return refused
	}
	return &retryable{error: refused, after: retryAfter(resp.Header)}
}

// plainError takes the layers off an error that say nothing to a person.
func plainError(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op
	}
	var ce websocket.CloseError
	if errors.As(err, &ce) {
		if ce.Reason == "" {
			return fmt.Errorf("closed by the server with %d", ce.Code)
		}
		return fmt.Errorf("closed by the server with %d (%s)", ce.Code, ce.Reason)
	}
	if errors.Is(err, io.EOF) {
		return errors.New("the server ended the connection without a word")
	}
	return err
}
