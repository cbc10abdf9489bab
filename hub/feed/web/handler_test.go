package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub/feed/web"
)

func ask(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	web.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFiles(t *testing.T) {
	for path, want := range map[string][2]string{
		"/":                    {"text/html; charset=utf-8", "<!doctype html>"},
		"/index.html":          {"text/html; charset=utf-8", "<!doctype html>"},
		"/weir.js":             {"text/javascript; charset=utf-8", "export class Weir "},
		"/weir.d.ts":           {"text/plain; charset=utf-8", "export declare class Weir "},
		"/board.css":           {"text/css; charset=utf-8", "@media (prefers-color-scheme: dark)"},
		"/icon.svg":            {"image/svg+xml", "<svg"},
		"/vendor/uPlot.esm.js": {"text/javascript; charset=utf-8", "uPlot"},
	} {
		r := ask(t, "GET", path)
		if got := r.Header.Get("Content-Type"); r.StatusCode != 200 || got != want[0] || r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %s, %s", path, r.Status, got)
		}
		if !strings.Contains(body(t, r.Body), want[1]) {
			t.Errorf("%s has no %q", path, want[1])
		}
	}
	for _, path := range []string{"/static/weir.js", "/../handler.go", "/weir.js/", "/vendor", "/vendor/", "/WEIR.JS"} {
		if r := ask(t, "GET", path); r.StatusCode != 404 {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
	if r := ask(t, "POST", "/weir.js"); r.StatusCode != 405 || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %s", r.Status)
	}
}

// All that the page and its scripts name is there, and nothing is fetched from anywhere else.
func TestThePageIsWhole(t *testing.T) {
	paths := web.Paths()
	for _, name := range paths {
		if strings.HasPrefix(name, "vendor/") {
			continue
		}
		text := body(t, ask(t, "GET", "/"+name).Body)
		for _, mark := range []string{`src="`, `href="`, `from './`, `new Worker('`} {
			for rest := text; ; {
				_, after, ok := strings.Cut(rest, mark)
				if !ok {
					break
				}
				target := after[:strings.IndexAny(after, `"'`)]
				if rest = after; !slices.Contains(paths, target) {
					t.Errorf("%s names %q, which is not there", name, target)
				}
			}
		}
	}
}

func TestCompressedAndCached(t *testing.T) {
	plain := ask(t, "GET", "/weir.js")
	want := body(t, plain.Body)
	r := ask(t, "GET", "/weir.js", "Accept-Encoding", "br, gzip;q=0.5")
	if r.Header.Get("Content-Encoding") != "gzip" || r.ContentLength <= 0 || r.ContentLength >= plain.ContentLength {
		t.Fatalf("%v", r.Header)
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body(t, z) != want {
		t.Error("what was compressed is something else")
	}
	for _, no := range []string{"identity", "gzip;q=0", "gzip; q=0.000", "gzippy"} {
		if r := ask(t, "GET", "/weir.js", "Accept-Encoding", no); r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s is answered with gzip", no)
		}
	}
	tag := plain.Header.Get("ETag")
	for _, has := range []string{tag, `"x", W/` + tag, "*"} {
		r := ask(t, "GET", "/weir.js", "If-None-Match", has)
		if r.StatusCode != 304 || body(t, r.Body) != "" || r.Header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: %s", has, r.Status)
		}
	}
	if r := ask(t, "GET", "/weir.js", "If-None-Match", `"x"`); r.StatusCode != 200 {
		t.Errorf("another tag: %s", r.Status)
	}
	if r := ask(t, "HEAD", "/weir.js"); r.StatusCode != 200 || r.ContentLength != plain.ContentLength || body(t, r.Body) != "" {
		t.Errorf("HEAD: %s, %d bytes", r.Status, r.ContentLength)
	}
}

func TestSecurityHeaders(t *testing.T) {
	h := ask(t, "GET", "/").Header
	if csp := h.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") {
		t.Error(csp)
	}
	if h.Get("Access-Control-Allow-Origin") != "" || ask(t, "GET", "/weir.js").Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("other origins may use the library, and nothing else")
	}
}
