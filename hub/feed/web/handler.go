package web

import (
	"net/http"
	"strconv"
	"strings"
)

// Paths returns where the files are, relative to the page: "weir.js", "weir.d.ts", "board.js" and so on. The page itself is
// at "" (and at "index.html").
func Paths() []string {
	all := make([]string, 0, len(files()))
	for name := range files() {
		all = append(all, name)
	}
	return all
}

// Handler serves the page at "/" and the files beside it; what it does not have gets 404. To serve them elsewhere, use http.StripPrefix.
// They are answered compressed where the client takes that, and with 304 where it has them.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = "index.html"
	}
	f := files()[name]
	if f == nil {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "there is only something to read here", http.StatusMethodNotAllowed)
		return
	}
	head(w.Header(), name, f)
	if has(r, f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if f.packed != nil && takesGzip(r) {
		body = f.packed
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a client that has gone needs no answer
	}
}

// head sets what the answers with and without a body have in common.
func head(h http.Header, name string, f *file) {
	h.Set("ETag", f.tag)
	h.Add("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache") // ask each time: a new server has new files, and the answer is mostly 304
	h.Set("X-Content-Type-Options", "nosniff")
	if name == "weir.js" || name == "weir.d.ts" {
		// Pages of other origins may use the library.
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	// Isolation is what browsers want before they let a worker sleep, which the board's slow reader does.
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
}

// has tells whether the client has the file of this tag already. RFC 9110 13.1.2: "A recipient MUST use the weak comparison
// function when comparing entity tags for If-None-Match".
func has(r *http.Request, tag string) bool {
	for _, line := range r.Header.Values("If-None-Match") {
		for t := range strings.SplitSeq(line, ",") {
			if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// takesGzip tells whether the client takes gzip. RFC 9110 12.4.2: a weight of 0 means "not acceptable".
func takesGzip(r *http.Request) bool {
	for _, line := range r.Header.Values("Accept-Encoding") {
		for c := range strings.SplitSeq(line, ",") {
			name, weight, _ := strings.Cut(c, ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				q, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
				f, err := strconv.ParseFloat(q, 64)
				return !ok || err == nil && f > 0
			}
		}
	}
	return false
}
