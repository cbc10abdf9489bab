package redial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Retryable is an error after which asking again may help.
type Retryable struct {
	Err   error
	After time.Duration // what the server has asked for; 0: nothing
}

// Error is that of Err.
func (r *Retryable) Error() string { return r.Err.Error() }

// Unwrap returns Err.
func (r *Retryable) Unwrap() error { return r.Err }

// RefusedError: the server does not want this client, and asking again would not help.
type RefusedError struct {
	URL    string // without what may be secret
	Status int    // of the HTTP answer
	Body   string // up to 512 bytes
}

// Error names the URL and the answer.
func (e *RefusedError) Error() string {
	s := fmt.Sprintf("%s refused with %d %s", e.URL, e.Status, http.StatusText(e.Status))
	if e.Body != "" {
		s += ": " + e.Body
	}
	return s
}

// Token returns what a server is shown, "" for nothing.
type Token func(ctx context.Context) (string, error)

// Dial makes a connection. It shows the server what token returns, if it is not nil. The error is a *RefusedError or a *Retryable.
func Dial(ctx context.Context, u *url.URL, token Token, o websocket.DialOptions) (*websocket.Conn, error) {
	o.HTTPHeader = o.HTTPHeader.Clone()
	if token != nil {
		text, err := token(ctx)
		if err != nil {
			return nil, &Retryable{Err: err}
		}
		if text != "" {
			if o.HTTPHeader == nil {
				o.HTTPHeader = make(http.Header)
			}
			o.HTTPHeader.Set("Authorization", "Bearer "+text)
		}
	}
	ws, resp, err := websocket.Dial(ctx, u.String(), &o)
	if err != nil {
		return nil, refusal(u, resp, err)
	}
	return ws, nil
}

// refusal says what a handshake that failed means.
func refusal(u *url.URL, resp *http.Response, err error) error {
	if resp == nil || resp.StatusCode == http.StatusSwitchingProtocols {
		return &Retryable{Err: Plain(err)}
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 512)) // as much as came is shown
	refused := &RefusedError{URL: Shown(u), Status: resp.StatusCode, Body: strings.TrimSpace(string(body))}
	if hopeless(resp.StatusCode) {
		return refused
	}
	return &Retryable{Err: refused, After: retryAfter(resp.Header)}
}

// Lost is what an error of reading means: that a connection has ended, as the server may have explained.
func Lost(err error) *Retryable { return &Retryable{Err: Plain(err), After: hint(err)} }

// Plain takes the layers off an error that say nothing to a person.
func Plain(err error) error {
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

// Shown is a URL for messages: without a password, and without a query, which may hold a token.
func Shown(u *url.URL) string {
	v := *u
	v.RawQuery, v.User = "", nil
	return v.String()
}

// Parse reads a WebSocket URL.
func Parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		var e *url.Error // it has the whole text, in which there may be a secret
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, fmt.Errorf("not a WebSocket URL: %w", err)
	}
	if u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
		return nil, fmt.Errorf("%.100q is no WebSocket URL; write such as ws://127.0.0.1:8080/feed", Shown(u))
	}
	return u, nil
}

// hopeless tells whether an HTTP answer will be the same next time.
func hopeless(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 300 && status < 500
}
