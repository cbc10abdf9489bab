package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/weir-ws/weir/bench/internal/wsclient"
)

func TestLawful(t *testing.T) {
	reset := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errCut, ""},
		{errors.New("does not tile"), ""},
		{&closedError{1013, "slow consumer"}, `closed with 1013 "slow consumer"`},
		{&closedError{1001, "going away"}, ""},
		{&closedError{1008, ""}, ""},
		{&endedError{io.EOF, false}, "ended without a close frame"},
		{&endedError{io.EOF, true}, "ended without a close frame while subscribing"},
		{&endedError{reset, false}, "reset"},
		{&endedError{net.ErrClosed, false}, ""},
		{fmt.Errorf("in the handshake: %w", io.EOF), "ended without a close frame in the handshake"},
		{reset, "reset in the handshake"},
		{context.DeadlineExceeded, "timed out in the handshake"},
		{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, ""},
		{&wsclient.RefusedError{Status: 503}, "refused with 503"},
		{&wsclient.RefusedError{Status: 429}, "refused with 429"},
		{&wsclient.RefusedError{Status: 404}, ""},
		{&wsclient.RefusedError{}, ""},
	} {
		if got := lawful(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}
