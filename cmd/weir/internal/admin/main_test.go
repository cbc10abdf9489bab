package admin

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

func TestMain(m *testing.M) { testkit.VerifyNoLeaks(m) }

// seen is a feed in memory and its admin endpoints. The loops get turns only while a request waits, and only those that
// are not stuck.
type seen struct {
	*enginetest.Server
	t       *testing.T
	cfg     Config
	handler http.Handler
	stuck   map[int]bool
}

func newSeen(t *testing.T, ec engine.Config) *seen {
	t.Helper()
	h, err := hub.New(hub.Config{Options: func(channel string) *hub.ChannelOptions {
		if strings.HasPrefix(channel, "tick") {
			return &hub.ChannelOptions{Slow: hub.SlowConflate}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.New(h, feed.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if ec.Loops == 0 {
		ec.Loops = 2
	}
	ec.PingAfter, ec.DeadAfter = -1, -1
	s := &seen{Server: enginetest.New(t, ec, f.Handler()), t: t, stuck: map[int]bool{}}
	e := s.Engine()
	s.cfg = Config{Engine: e, Hub: h, Live: NewProber(e), Ready: NewReadiness(EngineChecks(e)...),
		Metrics: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler),
		Subscriptions: func(c *engine.Conn) int {
			s, ok := c.User().(*feed.Session)
			if !ok {
				return 0
			}
			return s.Memberships().Len()
		},
		Holding: func(c *engine.Conn) *feed.Holding {
			if s, ok := c.User().(*feed.Session); ok {
				return s.Holding()
			}
			return nil
		},
		Held: func() hub.HoldStats { return f.Stats().Holding },
	}
	s.handler = Handler(s.cfg)
	return s
}

// get answers a request while the loops that are not stuck go on.
func (s *seen) get(path string) (status int, body string) {
	s.t.Helper()
	return s.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (s *seen) do(r *http.Request) (status int, body string) {
	s.t.Helper()
	w := httptest.NewRecorder()
	done := make(chan struct{})
	go func() { s.handler.ServeHTTP(w, r); close(done) }()
	for {
		select {
		case <-done:
			return w.Code, w.Body.String()
		default:
		}
		for i := range s.Engine().Loops() {
			if !s.stuck[i] && s.Due(i) {
				s.Turn(i)
			}
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// open connects a subscriber of n channels.
func (s *seen) open(loop, n int) *enginetest.Client {
	s.t.Helper()
	c := s.DialLoop(loop)
	if r := c.Handshake("/feed"); r.StatusCode != http.StatusSwitchingProtocols {
		s.t.Fatal(r.Status)
	}
	for i := range n {
		c.Send(frame.OpText, fmt.Appendf(nil, `{"type":"subscribe","channel":"c%d"}`, i))
	}
	s.Settle()
	return c
}
