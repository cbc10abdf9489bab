package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/internal/cuttest"
)

// server is a feed on real sockets, whose channels are what their names end with.
type server struct {
	hub  *hub.Hub
	feed *feed.Feed
	url  string
}

func serve(t testing.TB, fc feed.Config) *server {
	t.Helper()
	trade, ticker := hub.Trade(), hub.Ticker()
	trade.History.Count, trade.History.Age = 1<<16, 0
	ticker.History.Count, ticker.History.Age = 1<<16, 0
	h, err := hub.New(hub.Config{Panicked: feed.Panicked, Options: func(channel string) *hub.ChannelOptions {
		switch {
		case strings.HasSuffix(channel, "@trade"):
			return &trade
		case strings.HasSuffix(channel, "@ticker"):
			return &ticker
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.New(h, fc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the engine's
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	e, _ := enginetest.Serve(t, engine.Config{Loops: 2}, f.Handler())
	return &server{h, f, "ws://" + e.Addrs()[0].String() + f.Path()}
}

func (s *server) publish(t testing.TB, channel, key string, n int) {
	t.Helper()
	_, err := s.hub.Publish(context.Background(), channel, hub.Payload{Data: fmt.Append(nil, n), Time: 1, Key: key})
	if err != nil {
		t.Fatal(err)
	}
}

// cutter returns a way to the server, and its URL.
func cutter(t *testing.T, url string) (way *cuttest.Way, through string) {
	t.Helper()
	way = cuttest.New(t, strings.TrimSuffix(strings.TrimPrefix(url, "ws://"), feed.DefaultPath))
	return way, "ws://" + way.Addr + feed.DefaultPath
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

// Whatever happens to the connection: each number of a channel with a history is delivered, once and in order; each of one that conflates is delivered
// or covered, and the last value of each key is right.
func TestAccountsClose(t *testing.T) {
	s := serve(t, feed.Config{})
	way, url := cutter(t, s.url)
	c := dial(t, url, client.Options{})
	var mu sync.Mutex
	var trades []int
	last := map[string]string{}
	trade, err := c.Subscribe("a@trade", client.SubscribeOptions{}, func(e client.Event) {
		mu.Lock()
		defer mu.Unlock()
		switch e := e.(type) {
		case *client.Message:
			trades = append(trades, int(e.Seq))
		case *client.Gap, *client.Dropped, *client.Ended:
			t.Error(describe(e))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan uint64, 1000)
	ticker, err := c.Subscribe("*@ticker", client.SubscribeOptions{MaxHz: 100}, func(e client.Event) {
		mu.Lock()
		defer mu.Unlock()
		switch e := e.(type) {
		case *client.Subscribed:
			opened <- e.Seq
		case *client.Snapshot:
			last[e.Key] = string(e.Data)
		case *client.Message:
			last[e.Key] = string(e.Data)
		case *client.Ended:
			t.Error(describe(e))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	const n = 3000
	until(t, "a@trade is subscribed to", func() bool { return len(trade.Positions()) == 1 })
	s.publish(t, "all@ticker", "k0", 0)
	first := <-opened // 0 or 1: whichever was there before
	for i := 1; i <= n; i++ {
		s.publish(t, "a@trade", "", i)
		s.publish(t, "all@ticker", fmt.Sprint("k", i%7), i)
		if i%500 == 250 {
			before := c.Status().Connects
			way.Cut()
			until(t, "connected again", func() bool { return c.Status().Connects > before && c.Status().State == client.Connected })
		}
	}
	until(t, "everything has come", func() bool {
		return trade.Positions()["a@trade"].Seq == n && ticker.Positions()["all@ticker"].Seq == n+1
	})
	_ = c.Close()
	for i, seq := range trades {
		if seq != i+1 {
			t.Fatalf("trade %d has number %d", i, seq)
		}
	}
	if a := trade.Account(); a != (client.Account{Messages: n}) {
		t.Errorf("trades: %+v", a)
	}
	a := ticker.Account()
	if sum := a.Messages + a.Superseded + a.Dropped + a.Missing; sum != n+1-first || a.Faults+a.Repeated+a.Unknown != 0 || a.Superseded == 0 {
		t.Errorf("tickers: %+v, %d in all", a, sum)
	}
	for k := range 7 {
		if want := fmt.Sprint(n - (n-k)%7); last[fmt.Sprint("k", k)] != want {
			t.Errorf("k%d is %s, want %s", k, last[fmt.Sprint("k", k)], want)
		}
	}
}

// A handler that blocks holds the connection back, so the server conflates; the account says what became of each.
func TestSlowHandler(t *testing.T) {
	s := serve(t, feed.Config{})
	c := dial(t, s.url, client.Options{})
	blocked, began := make(chan struct{}), make(chan struct{})
	var once sync.Once
	sub, err := c.Subscribe("all@ticker", client.SubscribeOptions{}, func(e client.Event) {
		if _, ok := e.(*client.Subscribed); ok {
			once.Do(func() { close(began); <-blocked })
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	<-began
	const n = 400
	data := []byte(`"` + strings.Repeat("x", 50_000) + `"`) // more than the sockets hold
	for i := range n {
		if _, err := s.hub.Publish(t.Context(), "all@ticker", hub.Payload{Data: data, Key: fmt.Sprint(i % 3)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.hub.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(blocked)
	until(t, "everything has come", func() bool { return sub.Positions()["all@ticker"].Seq == n })
	a := sub.Account()
	if a.Messages+a.Superseded != n || a.Superseded == 0 || a.Faults+a.Missing+a.Dropped+a.Unknown+a.Repeated != 0 {
		t.Errorf("account %+v", a)
	}
}

func TestPublishAndRefresh(t *testing.T) {
	s := serve(t, feed.Config{
		PermitPublish: func(_ any, ch string) bool { return ch != "forbidden" },
		Authenticate:  func(r *http.Request) (any, error) { return r.Header.Get("Authorization"), nil },
		Refresh:       func(_ any, token string) (any, error) { return token, nil },
		Expires:       func(any) time.Time { return time.Now().Add(time.Hour).Truncate(time.Second) },
		Permit:        func(user any, ch string) bool { return ch != "first@trade" || user == "Bearer t1" },
	})
	tokens := 0
	way, url := cutter(t, s.url)
	c := dial(t, url, client.Options{Token: func(context.Context) (string, error) { tokens++; return fmt.Sprint("t", tokens), nil }})
	l := newLog(t)
	for _, name := range []string{"first@trade", "news"} {
		if _, err := c.Subscribe(name, client.SubscribeOptions{}, l.handle); err != nil {
			t.Fatal(err)
		}
		if got := <-l.lines; !strings.HasPrefix(got, "subscribed "+name) {
			t.Fatal(got)
		}
	}
	at, err := c.Publish(t.Context(), "news", []byte(`{"a": 1}`), client.Publication{Snapshot: true, Gap: true, Key: "k", TS: 5})
	if err != nil || at.Seq != 1 || at.Epoch == "" {
		t.Errorf("published at %+v, %v", at, err)
	}
	l.want("gap news source 0-0", `message news 1-1 {"a": 1} whole`)
	var answer *client.AnswerError
	if _, err := c.Publish(t.Context(), "forbidden", []byte(`1`), client.Publication{}); !errors.As(err, &answer) || answer.Code != "forbidden" {
		t.Errorf("forbidden: %v", err)
	}
	if _, err := c.Publish(t.Context(), "news", []byte(`{`), client.Publication{}); !errors.Is(err, client.ErrData) {
		t.Errorf("no JSON: %v", err)
	}
	until2, err := c.Refresh(t.Context())
	if err != nil || time.Until(until2) < 50*time.Minute {
		t.Errorf("refreshed until %v, %v", until2, err)
	}
	l.want("ended first@trade forbidden")
	way.Cut() // a request waits for the next connection, and takes its own time
	until(t, "the loss is seen", func() bool { return c.Status().Connects > 1 || c.Status().State != client.Connected })
	if at, err = c.Publish(t.Context(), "news", []byte(`2`), client.Publication{}); err != nil && !errors.Is(err, client.ErrUnanswered) {
		t.Errorf("after a loss: %+v, %v", at, err)
	}
	_ = c.Close()
	if _, err := c.Publish(t.Context(), "news", []byte(`2`), client.Publication{}); !errors.Is(err, client.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	plain := dial(t, s.url, client.Options{})
	if _, err := plain.Refresh(t.Context()); !errors.Is(err, client.ErrNoToken) {
		t.Errorf("without tokens: %v", err)
	}
}

// A token is shown anew as often as is asked for.
func TestKeepsFresh(t *testing.T) {
	shown := make(chan string, 100)
	s := serve(t, feed.Config{
		Authenticate: func(*http.Request) (any, error) { return "ann", nil },
		Refresh:      func(user any, token string) (any, error) { shown <- token; return user, nil },
		Expires:      func(any) time.Time { return time.Now().Add(time.Hour) },
	})
	dial(t, s.url, client.Options{Token: func(context.Context) (string, error) { return "new", nil }, RefreshEvery: 5 * time.Millisecond})
	for range 3 {
		if got := <-shown; got != "new" {
			t.Errorf("it shows %q", got)
		}
	}
}

// A peer that has gone without a word is found out, but not by a handler that blocks: while nobody reads, no answer can come.
func TestDeadPeer(t *testing.T) {
	silent := make(chan struct{})
	var first atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !first.CompareAndSwap(false, true) {
			http.Error(w, "gone", http.StatusGone)
			return
		}
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprintf(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept(r))
		hello := `{"type":"hello"}`
		fmt.Fprintf(rw, "\x81%c%s", len(hello), hello)
		_ = rw.Flush()
		<-silent // it answers nothing
	}))
	defer s.Close()
	defer close(silent)
	blocked, began := make(chan struct{}), make(chan struct{})
	c := dial(t, "ws"+strings.TrimPrefix(s.URL, "http"), client.Options{
		PingEvery: 2 * time.Millisecond, PingTimeout: 2 * time.Millisecond, Received: func([]byte) { close(began); <-blocked },
	})
	<-began
	time.Sleep(50 * time.Millisecond) // many pings are due
	if st := c.Status(); st.State != client.Connected {
		t.Errorf("while a handler runs it is %+v", st)
	}
	close(blocked)
	select {
	case <-c.Done():
	case <-time.After(patience):
		t.Fatal("it waits for ever")
	}
	var refused *client.RefusedError
	if !errors.As(c.Err(), &refused) || refused.Status != http.StatusGone {
		t.Errorf("%v", c.Err())
	}
}
