//go:build unix

package engine_test

import (
	"net"
	"net/http"
	"testing"

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
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	for range 200 {
		r, err := c.Get("http://" + s.addr.String())
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
			t.Fatalf("%s, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
		}
	}
}
