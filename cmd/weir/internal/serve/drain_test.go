package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
	"github.com/weir-ws/weir/hub"
)

var restarting = regexp.MustCompile(`^server is restarting; retry-after=(\d+)ms$`)

// What was published before the signal reaches every subscriber, in order and without a gap, and then comes the close
// frame with its hint: also when it is more than the loops hand out in a turn.
func TestDrainHandsOutFirst(t *testing.T) {
	const clients, messages, channel = 12, 800, "btcusdt@trade" // 9,600 deliveries; a turn has 8,192
	cfg := config.Default()
	cfg.Server.Listen, cfg.Server.Admin, cfg.Server.Loops = []string{"127.0.0.1:0"}, config.AdminOff, 1
	cfg.Server.DrainWindow, cfg.Server.DrainCode = -1, "1012" // all at once: nothing is left to chance
	cfg.Source.TradeRate = 0.001
	cfg.Slow.HighWatermark, cfg.Slow.HardLimit = 64<<20, 256<<20
	pr, pw := io.Pipe()
	s := newServer(cfg, Console{Out: pw, Err: t.Output()})
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	done := make(chan error, 1)
	go func() { done <- s.serve(ctx); pw.Close() }()
	lines := bufio.NewScanner(pr)
	lines.Scan()
	url := strings.TrimPrefix(lines.Text(), "listening on ")
	go func() {
		for lines.Scan() {
		}
	}()

	var wg, subscribed sync.WaitGroup
	for range clients {
		subscribed.Add(1)
		wg.Go(func() {
			c, _, err := websocket.Dial(t.Context(), url, nil)
			if err != nil {
				t.Error(err)
				subscribed.Done()
				return
			}
			defer c.CloseNow()
			c.SetReadLimit(-1)
			if err := c.Write(t.Context(), websocket.MessageText, []byte(`{"type":"subscribe","channel":"`+channel+`"}`)); err != nil {
				t.Error(err)
			}
			var first, last uint64
			for {
				_, p, err := c.Read(t.Context())
				if err != nil {
					var ce websocket.CloseError
					if !errors.As(err, &ce) || ce.Code != websocket.StatusServiceRestart || !restarting.MatchString(ce.Reason) {
						t.Errorf("it ended with %v", err)
					}
					break
				}
				var m struct {
					Type string
					Seq  uint64
				}
				if err := json.Unmarshal(p, &m); err != nil {
					t.Error(err)
				}
				switch {
				case m.Type == "subscribed":
					first, last = m.Seq, m.Seq
					subscribed.Done()
				case m.Seq != last+1:
					t.Errorf("message %d came behind %d", m.Seq, last)
				default:
					last = m.Seq
				}
			}
			if last-first < messages {
				t.Errorf("%d messages came, %d were published before the signal", last-first, messages)
			}
		})
	}
	subscribed.Wait()
	for range messages {
		if _, err := s.hub.Publish(t.Context(), channel, hub.Payload{Data: []byte(`{"p":"61230.10","q":"0.004"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	cancel(errors.New("SIGTERM"))
	wg.Wait()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// An engine that ends by itself is not waited for, whatever --drain-delay says.
func TestDrainDelayOfADeadEngine(t *testing.T) {
	cfg := config.Default()
	cfg.Server.Listen, cfg.Server.Admin, cfg.Server.DrainDelay = []string{"127.0.0.1:0"}, config.AdminOff, time.Hour
	var out testkit.Log
	s := newServer(cfg, Console{Out: &out, Err: t.Output()})
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.serve(ctx) }()
	for !strings.Contains(out.String(), "listening on ") {
		time.Sleep(time.Millisecond)
	}
	cancel(errors.New("SIGTERM"))
	for !strings.Contains(out.String(), "SIGTERM: not ready any more; the drain begins in 1h0m0s") {
		time.Sleep(time.Millisecond)
	}
	if !s.ready.Draining() || s.ready.Ready() {
		t.Error("it is ready while it waits for the drain")
	}
	if err := s.engine.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A signal that comes while the server is still starting is obeyed like another: the end is an orderly one.
func TestSignalBeforeTheEngineRuns(t *testing.T) {
	cfg := config.Default()
	cfg.Server.Listen, cfg.Server.Admin = []string{"127.0.0.1:0"}, config.AdminOff
	s := newServer(cfg, Console{Out: io.Discard, Err: t.Output()})
	if err := s.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.engine.Shutdown(t.Context()); err != nil { // as if the drain came first
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.run(ctx); err != nil {
		t.Errorf("it ended with %v", err)
	}
}
