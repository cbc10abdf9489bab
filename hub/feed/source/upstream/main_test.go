package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/source"
	"github.com/weir-ws/weir/hub/feed/source/upstream"
)

// The two goroutines of a pool that gnet's packages make at their init are there from the start and never end.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// patience is how long a test waits for what must come. It is no measurement: only a hang fails by it.
const patience = time.Minute

var quick = client.Backoff{Base: time.Millisecond, Cap: 5 * time.Millisecond}

// exchange is a server that plays one func for each connection, and the last one for all that follow.
func exchange(t *testing.T, plays ...func(ctx context.Context, ws *websocket.Conn)) string {
	t.Helper()
	var mu sync.Mutex
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		play := plays[min(n, len(plays)-1)]
		n++
		running.Add(1)
		mu.Unlock()
		defer running.Done()
		if play == nil {
			http.Error(w, "teapots only", http.StatusTeapot)
			return
		}
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow()
		play(ctx, ws)
	}))
	t.Cleanup(func() { cancel(); running.Wait(); s.Close() })
	return "ws" + strings.TrimPrefix(s.URL, "http") + "/stream"
}

func say(ctx context.Context, ws *websocket.Conn, lines ...string) {
	for _, l := range lines {
		_ = ws.Write(ctx, websocket.MessageText, []byte(l)) // one that is cut off is what some tests are about
	}
}

// stay waits for the peer to go.
func stay(ctx context.Context, ws *websocket.Conn) {
	for {
		if _, _, err := ws.Read(ctx); err != nil {
			return
		}
	}
}

// sink keeps what is published, as text.
type sink struct{ lines chan string }

func newSink() *sink { return &sink{make(chan string, 1<<16)} }

func (s *sink) Publish(_ context.Context, e source.Event) error {
	line := fmt.Sprintf("%s %s", e.Channel, e.Data)
	if e.Key != "" {
		line += " key=" + e.Key
	}
	if e.Snapshot {
		line += " snapshot"
	}
	if e.Gap {
		line += " gap"
	}
	s.lines <- line
	return nil
}

func (s *sink) want(t *testing.T, lines ...string) {
	t.Helper()
	for _, want := range lines {
		select {
		case got := <-s.lines:
			if got != want {
				t.Fatalf("published %s\nwant      %s", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("nothing is published, want %s", want)
		}
	}
}

// run runs an upstream to the end of the test, or until stop is called.
func run(t *testing.T, cfg upstream.Config, s source.Sink) (u *upstream.Upstream, stop func()) {
	t.Helper()
	if cfg.Backoff == (client.Backoff{}) {
		cfg.Backoff = quick
	}
	u, err := upstream.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- u.Run(ctx, s) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return u, stop
}

// until polls for what must come.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
