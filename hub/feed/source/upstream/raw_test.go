package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/source"
	"github.com/weir-ws/weir/hub/feed/source/upstream"
)

// combined is how messages of Binance's combined streams are taken.
var combined = upstream.Map{Channel: "{stream}", Data: "data", Key: "data.s", Time: "data.E"}

// An exchange that sends junk, is lost in several ways, and refuses for a while: what may be missing is declared once for each channel.
func TestRawReconnects(t *testing.T) {
	trade := func(n int) string {
		return fmt.Sprintf(`{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161254087,"s":"BTCUSDT", "n":%d}}`, n)
	}
	var mu sync.Mutex
	var bad, waits []string
	s := newSink()
	u, stop := run(t, upstream.Config{
		URL: exchange(t,
			func(ctx context.Context, ws *websocket.Conn) {
				for _, want := range []string{`{"method":"SUBSCRIBE","id":1}`, "second"} {
					if _, p, err := ws.Read(ctx); err != nil || string(p) != want {
						t.Errorf("it says %s, %v", p, err)
					}
				}
				say(ctx, ws, `{"result":null,"id":1}`, trade(1), trade(2))
				_ = ws.Close(websocket.StatusServiceRestart, "; retry-after=1ms")
			},
			nil,
			func(ctx context.Context, ws *websocket.Conn) {
				say(ctx, ws, trade(3), trade(4), "pong?", trade(5), `{"stream":"not a name","data":1}`, trade(6), `{"stream":"x@trade","data":1}`,
					`{"stream":"x@trade"}`, `{"stream":{},"data":1}`, `{"stream":"x@trade","data":1}`, `{"stream":"x@trade","data":{"s":"`+strings.Repeat("k", 256)+`"}}`,
					`{"stream":"x@trade","data":"`+strings.Repeat("x", 2000)+`"}`) // over the limit
				stay(ctx, ws)
			},
			func(ctx context.Context, ws *websocket.Conn) {
				say(ctx, ws, trade(7))
				stay(ctx, ws)
			}),
		Kind: upstream.Raw, Map: combined, Subscribe: []string{`{"method":"SUBSCRIBE","id":1}`, "second"}, MaxMessage: 1000,
		Check: func(channel string) error {
			if strings.Contains(channel, " ") {
				return errors.New("not a legal channel name")
			}
			return nil
		},
		OnBad: func(e *upstream.BadError) { mu.Lock(); bad = append(bad, e.Error()); mu.Unlock() },
		OnStatus: func(s client.Status) {
			if s.State == client.Waiting {
				mu.Lock()
				waits = append(waits, s.Err.Error())
				mu.Unlock()
			}
		},
	}, s)
	data := func(n int) string {
		return fmt.Sprintf(`btcusdt@trade {"e":"trade","E":1723161254087,"s":"BTCUSDT", "n":%d} key=BTCUSDT`, n)
	}
	s.want(t, data(1), data(2), data(3)+" gap", data(4), data(5)+" gap", data(6), "x@trade 1 gap", "x@trade 1", data(7)+" gap")
	stop()
	url := u.String()
	if want := []string{url + `: not JSON in UTF-8: "pong?"`, url + `: not a legal channel name: "{\"stream\":\"not a name\",\"data\":1}"`}; len(bad) != 3 || !slices.Equal(bad[:2], want) {
		t.Errorf("bad messages\n%q\nwant\n%q and a long key", bad, want)
	}
	if len(waits) != 3 || waits[0] != "closed by the server with 1012 (; retry-after=1ms)" || !strings.Contains(waits[1], "418") || !strings.Contains(waits[2], "too big") {
		t.Errorf("it waited because %q", waits)
	}
	st := u.Stats()
	st.Bytes = 0
	if want := (upstream.Stats{Connects: 3, Messages: 9, Ignored: 3, Bad: 3, Gaps: 4}); st != want {
		t.Errorf("stats %+v, want %+v", st, want)
	}
}

// A message that cannot be published is missing from its channel, and from no other; one of a channel that cannot be is missing nowhere.
func TestRawLosesOneMessage(t *testing.T) {
	s := newSink()
	u, _ := run(t, upstream.Config{
		URL: exchange(t, func(ctx context.Context, ws *websocket.Conn) {
			say(ctx, ws, `{"stream":"a","data":1}`, `{"stream":"a","data":{"s":"`+strings.Repeat("k", 256)+`"}}`, `{"stream":"no","data":2}`,
				`{"stream":"b","data":3}`, `{"stream":"a","data":4}`, `{"stream":"a","data":5}`)
			stay(ctx, ws)
		}),
		Kind: upstream.Raw, Map: combined,
		Check: func(channel string) error {
			if channel == "no" {
				return errors.New("not a legal channel name")
			}
			return nil
		},
	}, s)
	s.want(t, "a 1", "b 3", "a 4 gap", "a 5")
	if st := u.Stats(); st.Bad != 2 || st.Gaps != 1 {
		t.Errorf("stats %+v", st)
	}
}

// A flood is taken at the sink's pace, whole and in order, and nobody is given up for being silent meanwhile.
func TestRawFlood(t *testing.T) {
	const n = 20_000
	s := &sink{make(chan string)} // no room: each message waits for its reader
	u, _ := run(t, upstream.Config{
		URL: exchange(t, func(ctx context.Context, ws *websocket.Conn) {
			for i := range n {
				say(ctx, ws, fmt.Sprintf(`{"stream":"a","data":%d}`, i))
			}
			stay(ctx, ws)
		}),
		Kind: upstream.Raw, Map: combined, Ping: upstream.Ping{Every: patience, Silence: patience},
	}, s)
	for i := range n {
		s.want(t, fmt.Sprintf("a %d", i))
	}
	if st := u.Stats(); st.Connects != 1 || st.Gaps != 0 {
		t.Errorf("stats %+v", st)
	}
}

// Servers that have gone without a word are found out by each kind of ping.
func TestRawSilence(t *testing.T) {
	for name, p := range map[string]upstream.Ping{
		"ping":    {Every: 5 * time.Millisecond, Timeout: 5 * time.Millisecond},
		"text":    {Every: 5 * time.Millisecond, Timeout: 5 * time.Millisecond, Text: "ping", Pong: "pong"},
		"silence": {Every: -1, Silence: 10 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var why error
			u, stop := run(t, upstream.Config{
				URL:  exchange(t, func(ctx context.Context, ws *websocket.Conn) { <-ctx.Done() }, func(ctx context.Context, ws *websocket.Conn) { stay(ctx, ws) }),
				Kind: upstream.Raw, Map: combined, Ping: p,
				OnStatus: func(s client.Status) {
					if s.State == client.Waiting && why == nil {
						mu.Lock()
						why = s.Err
						mu.Unlock()
					}
				},
			}, newSink())
			until(t, "it comes back", func() bool { return u.Stats().Connects >= 2 })
			stop()
			mu.Lock()
			defer mu.Unlock()
			if why == nil || !strings.Contains(why.Error(), "silent") {
				t.Errorf("it was given up because %v", why)
			}
		})
	}
}

// One that answers is not given up, and its answers are no messages.
func TestRawTextPing(t *testing.T) {
	pings := make(chan struct{}, 100)
	s := newSink()
	u, _ := run(t, upstream.Config{
		URL: exchange(t, func(ctx context.Context, ws *websocket.Conn) {
			for {
				_, p, err := ws.Read(ctx)
				if err != nil {
					return
				}
				if string(p) != "ping" {
					t.Errorf("it says %s", p)
				}
				say(ctx, ws, "pong")
				pings <- struct{}{}
			}
		}),
		Kind: upstream.Raw, Map: combined, Ping: upstream.Ping{Every: 2 * time.Millisecond, Timeout: patience, Text: "ping", Pong: "pong"},
	}, s)
	for range 5 {
		<-pings
	}
	if st := u.Stats(); st.Connects != 1 || st.Bad != 0 {
		t.Errorf("stats %+v", st)
	}
}

// It goes on asking whom nobody listens to, or who refuses it, and shows what it is told to.
func TestRawShowsToken(t *testing.T) {
	s := newSink()
	headers := make(chan http.Header, 100)
	srv := exchange(t, nil)
	u, _ := run(t, upstream.Config{
		URL: srv, Kind: upstream.Raw, Map: combined, Header: http.Header{"X-Api-Key": {"k"}},
		Token: func(context.Context) (string, error) { return "secret", nil },
		OnStatus: func(st client.Status) {
			if st.State == client.Waiting {
				headers <- http.Header{"Err": {st.Err.Error()}}
			}
		},
	}, s)
	for range 3 {
		if h := <-headers; !strings.Contains(h.Get("Err"), "418") || strings.Contains(h.Get("Err"), "secret") {
			t.Errorf("error %v", h)
		}
	}
	if u.Stats().Up {
		t.Error("it is up")
	}
}

// An error of the sink ends the source.
func TestRawSinkFails(t *testing.T) {
	full := errors.New("full")
	u, err := upstream.New(upstream.Config{
		URL:  exchange(t, func(ctx context.Context, ws *websocket.Conn) { say(ctx, ws, `{"stream":"a","data":1}`); stay(ctx, ws) }),
		Kind: upstream.Raw, Map: combined,
	})
	if err != nil {
		t.Fatal(err)
	}
	err = u.Run(t.Context(), source.SinkFunc(func(ctx context.Context, _ source.Event) error {
		if err := u.Run(ctx, newSink()); err != source.ErrRunning {
			t.Errorf("twice at once: %v", err)
		}
		return full
	}))
	if !errors.Is(err, full) {
		t.Errorf("it ends with %v", err)
	}
}
