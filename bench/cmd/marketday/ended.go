package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
)

// endedError is the end of a connection without a close frame.
type endedError struct {
	err         error
	subscribing bool // not all subscriptions had been answered
}

func (e *endedError) Error() string { return "the connection ended: " + e.err.Error() }
func (e *endedError) Unwrap() error { return e.err }

// closedError is a close frame.
type closedError struct {
	code   frame.Status
	reason string
}

func (e *closedError) Error() string { return fmt.Sprintf("closed with %d %q", e.code, e.reason) }

// lawful names an end that a server may give a connection that it, or the machine, cannot serve now, "" for any other error: the reader
// comes back, and its account must close all the same. How often that was, the report says.
func lawful(err error) string {
	var closed *closedError
	var refused *wsclient.RefusedError
	var ended *endedError
	switch {
	case errors.As(err, &closed):
		if closed.code == frame.StatusTryAgainLater {
			return closed.Error()
		}
	case errors.As(err, &refused):
		if refused.Status == 429 || refused.Status == 503 {
			return fmt.Sprintf("refused with %d", refused.Status)
		}
	case errors.As(err, &ended):
		if how := abrupt(ended.err); how != "" {
			if ended.subscribing {
				how += " while subscribing"
			}
			return how
		}
	default:
		if how := abrupt(err); how != "" {
			return how + " in the handshake"
		}
	}
	return ""
}

// abrupt names an end of TCP.
func abrupt(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "ended without a close frame"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, context.DeadlineExceeded):
		return "timed out"
	}
	return ""
}
