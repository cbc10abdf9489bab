package admin

import (
	"net/http"
	"testing"

	"github.com/weir-ws/weir/engine"
)

func TestNamesLocal(t *testing.T) {
	for host, want := range map[string]bool{
		"": true, "127.0.0.1": true, "127.0.0.1:8081": true, "[::1]:8081": true, "[::1]": true, "localhost": true, "LocalHost.:8081": true,
		"weir.localhost": true, "10.0.0.1:8081": true,
		"evil.example": false, "evil.example:8081": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "notlocalhost": false,
	} {
		if namesLocal(host) != want {
			t.Errorf("Host %q: %v", host, !want)
		}
	}
}

// A page whose name leads here by DNS gets nothing; on a unix socket the name means nothing.
func TestForeignHost(t *testing.T) {
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(newSeen(t, engine.Config{}).cfg)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	for host, want := range map[string]int{"": 200, "localhost:8081": 200, "evil.example": 403} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+ln.Addr().String()+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("Host %q: %s", host, resp.Status)
		}
	}
	s.Shutdown(t.Context())
	if err := <-served; err != nil {
		t.Error(err)
	}
}
