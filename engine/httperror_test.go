package engine_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/weir-ws/weir/engine"
)

func TestHTTPErrorError(t *testing.T) {
	for _, row := range []struct {
		err  *engine.HTTPError
		want string
	}{
		{&engine.HTTPError{Status: 401}, "engine: handshake refused with 401 Unauthorized"},
		{&engine.HTTPError{Status: 403, Body: "no such token"}, "engine: handshake refused with 403 Forbidden: no such token"},
		{&engine.HTTPError{Status: 599}, "engine: handshake refused with 599"},
	} {
		if got := row.err.Error(); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}

// An application may wrap one in context of its own; the engine looks for it with errors.As.
func TestHTTPErrorWrapped(t *testing.T) {
	inner := &engine.HTTPError{Status: 402}
	var got *engine.HTTPError
	if !errors.As(fmt.Errorf("auth: %w", inner), &got) || got != inner {
		t.Errorf("got %v", got)
	}
	if inner.Unwrap() != nil {
		t.Errorf("an application's error unwraps to %v", inner.Unwrap())
	}
}
