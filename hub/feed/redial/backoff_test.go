package redial

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestBackoff(t *testing.T) {
	b := Backoff{Base: 100 * time.Millisecond, Cap: time.Second}
	b.complete()
	if b.Steady != time.Second {
		t.Errorf("steady is %v", b.Steady)
	}
	for i, ceiling := range []time.Duration{100, 200, 400, 800, 1000, 1000} {
		if w := b.Next(0, 0); w < 0 || w >= ceiling*time.Millisecond {
			t.Errorf("wait %d is %v, want less than %v ms", i, w, int64(ceiling))
		}
	}
	for range 100 { // the shift must not overflow
		if w := b.Next(0, 0); w >= time.Second {
			t.Fatalf("a wait of %v", w)
		}
	}
	b.Next(999*time.Millisecond, 0)
	if b.tries < 100 {
		t.Error("a connection that did not hold begins the waits anew")
	}
	if b.Next(time.Second, 0); b.tries != 1 {
		t.Errorf("after one that did hold it is try %d", b.tries)
	}
	if w := b.Next(0, time.Minute); w < time.Minute || w > time.Minute+time.Second {
		t.Errorf("the server asked for a minute, the wait is %v", w)
	}
}

// Full jitter: waits fill the whole range, so that clients spread.
func TestBackoffIsSpread(t *testing.T) {
	var low, high bool
	for range 1000 {
		b := Backoff{Base: time.Second, Cap: time.Second}
		w := b.Next(0, 0)
		low = low || w < 200*time.Millisecond
		high = high || w > 800*time.Millisecond
	}
	if !low || !high {
		t.Errorf("of 1000 waits some were below a fifth: %v, above four: %v", low, high)
	}
}

func TestBackoffDefaults(t *testing.T) {
	var b Backoff
	b.complete()
	if b.Base != 250*time.Millisecond || b.Cap != 10*time.Second || b.Steady != 10*time.Second {
		t.Errorf("defaults are %+v", b)
	}
}

func TestRetryAfter(t *testing.T) {
	for in, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, " 2 ": 2 * time.Second, "-1": 0, "soon": 0, "86400": 5 * time.Minute} {
		if got := retryAfter(http.Header{"Retry-After": {in}}); got != want {
			t.Errorf("Retry-After %q is %v, want %v", in, got, want)
		}
	}
}

func TestHint(t *testing.T) {
	for reason, want := range map[string]time.Duration{
		"":    0,
		"bye": 0,
		"server is going away; retry-after=1500ms":    1500 * time.Millisecond,
		"server is restarting; retry-after=0ms":       0,
		"server is restarting; retry-after=-5ms":      0,
		"server is restarting; retry-after=1.5ms":     1500 * time.Microsecond,
		"server is restarting; retry-after=5":         0,
		"server is restarting; retry-after=5s":        0,
		"server is restarting; retry-after=soonms":    0,
		"server is restarting; retry-after=9000000ms": 5 * time.Minute,
	} {
		if got := hint(fmt.Errorf("read: %w", websocket.CloseError{Code: 1001, Reason: reason})); got != want {
			t.Errorf("%q is %v, want %v", reason, got, want)
		}
	}
	if hint(errors.New("; retry-after=5ms")) != 0 {
		t.Error("an error that is no close frame is a hint")
	}
}
