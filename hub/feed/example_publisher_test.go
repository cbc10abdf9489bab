package feed_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// A backend publishes over HTTP to the channels of its own name. Who it is, and what it may do, is up to the server.
func ExampleFeed_Publisher() {
	h, err := hub.New(hub.Config{Panicked: feed.Panicked})
	if err != nil {
		panic(err)
	}
	f, err := feed.New(h, feed.Config{
		Authenticate: func(r *http.Request) (any, error) {
			if name, _, ok := r.BasicAuth(); ok { // a real server looks at the password
				return name, nil
			}
			return nil, &engine.HTTPError{Status: http.StatusUnauthorized, Body: "who are you?",
				Header: http.Header{"Www-Authenticate": {`Basic realm="feed"`}}}
		},
		PermitPublish: func(user any, channel string) bool { return strings.HasPrefix(channel, user.(string)+"/") },
	})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /publish", f.Publisher(feed.PublisherConfig{MaxBody: 1 << 20}))

	post := func(user, body string) {
		r := httptest.NewRequest("POST", "/publish", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-ndjson")
		if user != "" {
			r.SetBasicAuth(user, "")
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		b, _ := io.ReadAll(w.Result().Body)
		fmt.Println(w.Code)
		for line := range strings.Lines(string(b)) {
			fmt.Print(maskEpoch(line))
		}
	}
	post("ann", `{"channel":"ann/orders","data":{"id":7}}`+"\n"+`{"channel":"bob/orders","data":{"id":8}}`+"\n")
	post("", `{"channel":"ann/orders","data":{"id":9}}`)
	// Output:
	// 200
	// {"type":"published","channel":"ann/orders","epoch":"E","seq":1}
	// {"type":"error","code":"forbidden","message":"you may not publish to this channel","channel":"bob/orders"}
	// 401
	// {"type":"error","code":"unauthorized","message":"who are you?"}
}
