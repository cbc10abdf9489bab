package admin

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weir-ws/weir/engine"
)

func TestIndexAndMethods(t *testing.T) {
	s := newSeen(t, engine.Config{})
	code, body := s.get("/")
	for _, want := range []string{"/metrics ", "/livez ", "/readyz ", "/connz ", "pprof/ is off"} {
		if code != 200 || !strings.Contains(body, want) {
			t.Errorf("/ is %d without %q:\n%s", code, want, body)
		}
	}
	for path, want := range map[string]int{"/nowhere": 404, "/metrics/x": 404, "/debug/pprof/": 404, "/debug/pprof/heap": 404} {
		if code, _ := s.get(path); code != want {
			t.Errorf("%s is %d, want %d", path, code, want)
		}
	}
	if code, _ := s.do(httptest.NewRequest(http.MethodPost, "/livez", nil)); code != http.StatusMethodNotAllowed {
		t.Errorf("POST is answered with %d", code)
	}
}

func TestPprofWhereAskedFor(t *testing.T) {
	s := newSeen(t, engine.Config{})
	s.cfg.Pprof = true
	s.handler = Handler(s.cfg)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/goroutine?debug=1", "/debug/pprof/cmdline"} {
		if code, body := s.get(path); code != 200 || body == "" {
			t.Errorf("%s is %d", path, code)
		}
	}
	if _, body := s.get("/"); !strings.Contains(body, "/debug/pprof/\n") {
		t.Errorf("/ says\n%s", body)
	}
}

func TestMetricsAreServed(t *testing.T) {
	s := newSeen(t, engine.Config{})
	r := prometheus.NewRegistry()
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "weir_test", Help: "x"}, func() float64 { return 42 }))
	s.cfg.Metrics = r
	s.handler = Handler(s.cfg)
	if code, body := s.get("/metrics"); code != 200 || !strings.Contains(body, "\nweir_test 42\n") {
		t.Errorf("/metrics is %d\n%s", code, body)
	}
}

// The listener is a real one: TCP and unix, and its end waits for nobody for ever.
func TestServe(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "unix:" + filepath.Join(t.TempDir(), "admin")} {
		ln, err := Listen(addr)
		if err != nil {
			t.Fatal(err)
		}
		s := New(newSeen(t, engine.Config{}).cfg)
		served := make(chan error, 1)
		go func() { served <- s.Serve(ln) }()
		tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, ln.Addr().Network(), ln.Addr().String())
		}}
		r, err := (&http.Client{Transport: tr}).Get("http://localhost/")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != 200 || !strings.Contains(string(body), "/connz") || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s\n%s", addr, r.Status, body)
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		s.Shutdown(over)
		if err := <-served; err != nil {
			t.Errorf("%s: Serve ended with %v", addr, err)
		}
		tr.CloseIdleConnections()
		if c, err := net.Dial(ln.Addr().Network(), ln.Addr().String()); err == nil {
			c.Close()
			t.Errorf("%s: somebody still listens", addr)
		}
	}
	if _, err := Listen("127.0.0.1:99999"); err == nil || !strings.HasPrefix(err.Error(), "admin listener on 127.0.0.1:99999: ") {
		t.Errorf("an address that cannot be: %v", err)
	}
}

func TestPublic(t *testing.T) {
	for _, c := range []struct {
		a    net.Addr
		want bool
	}{
		{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, false},
		{&net.TCPAddr{IP: net.IPv6loopback}, false},
		{&net.TCPAddr{IP: net.IPv6unspecified}, true},
		{&net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}, true},
		{&net.UnixAddr{Name: "/run/x", Net: "unix"}, false},
	} {
		if got := Public(c.a); got != c.want {
			t.Errorf("Public(%v) is %v", c.a, got)
		}
	}
}
