//go:build unix

package engine_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
)

// net/http takes an answer that comes before its request for a broken connection, and a person then reads anything but "503". A client
// that is not let in is answered when its request comes, so that it learns why.
func TestSocketRefusedByName(t *testing.T) {
	cfg := quickly()
	cfg.MaxConns = 1
	s := serve(t, cfg, engine.Handler{})
	first, err := net.Dial("tcp", s.addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	eventually(t, "the first is let in", func() bool { return engine.Admitted(s.Engine) == 1 }) // eight goroutines accept
	end := time.Now().Add(patience)
	var connected time.Time
	c := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		defer func() { connected = time.Now() }()
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}}
	for n := 0; n < 200; n++ {
		r, err := c.Get("http://" + s.addr.String())
		if err != nil && time.Since(connected) > engine.RequestWait/2 && time.Now().Before(end) {
			t.Logf("the machine kept the request too long: %v", err)
			n--
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
			t.Fatalf("%s, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
		}
	}
}
