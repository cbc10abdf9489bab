package serve

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub/feed"
	"github.com/weir-ws/weir/hub/feed/web"
)

// PublishPath is where messages come in over HTTP.
const PublishPath = "/publish"

// handler is the protocols over WebSocket, and beside them what is asked for over HTTP on the same port.
func (s *server) handler(d *dialects) engine.Handler {
	h := d.handler()
	h.HTTP = s.routes(d.feed)
	return h
}

// routes answers requests that are no WebSocket handshakes.
func (s *server) routes(f *feed.Feed) http.Handler {
	mux := http.NewServeMux()
	cfg := feed.PublisherConfig{MaxBody: s.cfg.Publish.MaxBody}
	if s.auth != nil {
		cfg.Authenticate = s.auth.Publisher
	}
	mux.Handle(PublishPath, f.Publisher(cfg))
	for _, path := range []string{Path, "/ws", "/ws/", "/stream"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				w.Header().Set("Allow", http.MethodGet)
				say(w, http.StatusMethodNotAllowed, "this is a WebSocket feed, which is connected to by a GET request")
				return
			}
			// RFC 9110 15.5.22: "The server MUST send an Upgrade header field in a 426 response".
			w.Header().Set("Upgrade", "websocket")
			w.Header().Set("Connection", "Upgrade")
			say(w, http.StatusUpgradeRequired, "this is a WebSocket feed: connect to it as one")
		})
	}
	page := web.Handler()
	for _, name := range web.Paths() {
		mux.Handle("/"+name, page)
	}
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept")
		if wantsPage(r) {
			page.ServeHTTP(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			say(w, http.StatusMethodNotAllowed, "there is only something to read here")
			return
		}
		say(w, http.StatusOK, "Weir serves a WebSocket feed at "+Path)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusNotFound, "there is nothing at this path; the feed is at "+Path)
	})
	return mux
}

// wantsPage tells a browser, which says that it takes HTML, from curl, which does not.
func wantsPage(r *http.Request) bool {
	for _, line := range r.Header.Values("Accept") {
		if strings.Contains(line, "text/html") {
			return true
		}
	}
	return false
}

// say answers with a line of text.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}
