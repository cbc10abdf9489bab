package client_test

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

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/internal/cuttest"
)

// wired is a feed on a real socket, and a wire to it that a test can cut.
type wired struct {
	*cuttest.Way
	t   *testing.T
	hub *hub.Hub
	url string
}

// wire starts a feed whose channels have a history of so many messages and the last value for a snapshot.
func wire(t *testing.T, history int, cfg feed.Config) *wired {
	t.Helper()
	s := &wired{t: t}
	h, to := s.begin(history, cfg)
	s.hub, s.Way = h, cuttest.New(t, to)
	s.url = "ws://" + s.Addr + feed.DefaultPath
	return s
}

// begin starts a server, and returns its address.
func (s *wired) begin(history int, cfg feed.Config) (h *hub.Hub, addr string) {
	s.t.Helper()
	o := hub.ChannelOptions{History: hub.History{Count: history}, Snapshot: hub.SnapshotLast, Slow: hub.SlowConflate}
	h, err := hub.New(hub.Config{Options: func(string) *hub.ChannelOptions { return &o }, Panicked: feed.Panicked})
	if err != nil {
		s.t.Fatal(err)
	}
	f, err := feed.New(h, cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	e, _ := enginetest.Serve(s.t, engine.Config{Loops: 1}, f.Handler())
	s.t.Cleanup(func() { _ = h.Close() })
	return h, e.Addrs()[0].String()
}

// restart puts another server behind the wire, which knows nothing of the one before.
func (s *wired) restart(history int, cfg feed.Config) {
	s.t.Helper()
	var to string
	s.hub, to = s.begin(history, cfg)
	s.Lead(to)
	s.Cut()
}

func (s *wired) publish(channel string, data ...string) {
	s.t.Helper()
	for _, d := range data {
		if _, err := s.hub.Publish(s.t.Context(), channel, hub.Payload{Data: []byte(d), Time: 7}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// diary is a handler that writes down what it is told.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) handle(e client.Event) {
	var line string
	switch e := e.(type) {
	case *client.Subscribed:
		line = fmt.Sprintf("subscribed %s at %d", e.Channel, e.Seq)
		if e.Resumed {
			line += fmt.Sprintf(" recovered %v", e.Recovered)
		}
	case *client.Snapshot:
		line = fmt.Sprintf("snapshot %s %d %s", e.Channel, e.Seq, e.Data)
	case *client.Message:
		line = fmt.Sprintf("message %s %d %s", e.Channel, e.Seq, e.Data)
	case *client.Gap:
		line = fmt.Sprintf("gap %s %v %d to %d", e.Channel, e.Cause, e.From, e.Seq)
	case *client.Ended:
		line = fmt.Sprintf("ended %s %s", e.Channel, e.Code)
	default:
		line = fmt.Sprintf("%T", e)
	}
	d.mu.Lock()
	d.lines = append(d.lines, line)
	d.mu.Unlock()
}

// wait waits for the diary to have as many lines as want, and compares.
func (d *diary) wait(t *testing.T, want ...string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		d.mu.Lock()
		lines := slices.Clone(d.lines)
		d.mu.Unlock()
		if len(lines) >= len(want) || time.Now().After(end) {
			if !slices.Equal(lines, want) {
				t.Fatalf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
			}
			return
		}
	}
}

func (d *diary) forget() {
	d.mu.Lock()
	d.lines = nil
	d.mu.Unlock()
}

func subscribe(t *testing.T, c *client.Client, name string, o client.SubscribeOptions) (*client.Subscription, *diary) {
	t.Helper()
	d := &diary{}
	s, err := c.Subscribe(name, o, d.handle)
	if err != nil {
		t.Fatal(err)
	}
	return s, d
}

// A lost connection is no loss: what passed meanwhile comes, once, in order. When it cannot, that is said.
func TestComesBack(t *testing.T) {
	s := wire(t, 3, feed.Config{})
	s.publish("a", "1")
	c := dial(t, s.url, client.Options{})
	sub, d := subscribe(t, c, "a", client.SubscribeOptions{})
	d.wait(t, "subscribed a at 1", "snapshot a 1 1")
	s.publish("a", "2")
	d.wait(t, "subscribed a at 1", "snapshot a 1 1", "message a 2 2")
	d.forget()

	s.Cut()
	s.publish("a", "3", "4")
	d.wait(t, "subscribed a at 2 recovered true", "message a 3 3", "message a 4 4")
	d.forget()

	to := s.Lead("") // nobody comes in for a while
	s.Cut()
	s.publish("a", "5", "6", "7", "8")
	s.Lead(to)
	d.wait(t, "gap a away 5 to 8", "subscribed a at 8 recovered false", "snapshot a 8 8")
	d.forget()
	want := client.Account{Messages: 3, Missing: 4}
	if a := sub.Account(); a != want {
		t.Errorf("the account is %+v, want %+v", a, want)
	}

	s.restart(3, feed.Config{})
	d.wait(t, "gap a restarted 0 to 0", "subscribed a at 0 recovered false")
	d.forget()
	s.publish("a", "1")
	d.wait(t, "message a 1 1")
	if a := sub.Account(); a.Unknown != 1 || a.Messages != 4 || a.Faults != 0 {
		t.Errorf("the account is %+v", a)
	}
}

// The channels of a pattern come back like any others, and new ones come in; a name has its channel to itself.
func TestPatternsComeBack(t *testing.T) {
	s := wire(t, 9, feed.Config{})
	s.publish("x@t", "1")
	c := dial(t, s.url, client.Options{})
	sub, d := subscribe(t, c, "*@t", client.SubscribeOptions{})
	d.wait(t, "subscribed x@t at 1", "snapshot x@t 1 1")
	s.publish("y@t", "1")
	d.wait(t, "subscribed x@t at 1", "snapshot x@t 1 1", "subscribed y@t at 0", "message y@t 1 1")
	d.forget()
	s.Cut()
	s.publish("x@t", "2")
	d.wait(t, "subscribed x@t at 1 recovered true", "message x@t 2 2", "subscribed y@t at 1 recovered true")
	d.forget()
	s.publish("z@t", "1")
	s.publish("y@t", "2")
	d.wait(t, "subscribed z@t at 0", "message z@t 1 1", "message y@t 2 2")
	if got := sub.Positions(); len(got) != 3 || got["y@t"].Seq != 2 {
		t.Errorf("positions %v", got)
	}
	if _, err := c.Subscribe("*@t", client.SubscribeOptions{}, d.handle); !errors.Is(err, client.ErrSubscribed) {
		t.Errorf("twice: %v", err)
	}
	d.forget()
	sub.Unsubscribe()
	s.publish("x@t", "3")
	other, od := subscribe(t, c, "other", client.SubscribeOptions{})
	od.wait(t, "subscribed other at 0")
	d.wait(t)
	if a, want := sub.Account(), (client.Account{Messages: 4}); a != want || other.Name() != "other" {
		t.Errorf("the account is %+v, want %+v", a, want)
	}
}

// A program that was away itself goes on where it was.
func TestSince(t *testing.T) {
	s := wire(t, 9, feed.Config{})
	s.publish("a", "1", "2", "3")
	c := dial(t, s.url, client.Options{})
	sub, d := subscribe(t, c, "a", client.SubscribeOptions{})
	d.wait(t, "subscribed a at 3", "snapshot a 3 3")
	at := sub.Positions()["a"]
	at.Seq = 1
	again := dial(t, s.url, client.Options{})
	_, d = subscribe(t, again, "a", client.SubscribeOptions{Since: &at})
	d.wait(t, "subscribed a at 1 recovered true", "message a 2 2", "message a 3 3")
}

// What the server refuses ends the subscription, or the request, and nothing else.
func TestRefusals(t *testing.T) {
	s := wire(t, 0, feed.Config{
		Known: func(ch string) bool { return ch != "none" }, PermitPublish: func(_ any, ch string) bool { return ch == "news" },
	})
	c := dial(t, s.url, client.Options{})
	_, d := subscribe(t, c, "none", client.SubscribeOptions{})
	d.wait(t, "ended none unknown_channel")
	_, d = subscribe(t, c, "news", client.SubscribeOptions{})
	d.wait(t, "subscribed news at 0")
	ctx := t.Context()
	pos, err := c.Publish(ctx, "news", []byte(`{"headline":"Tulips fall"}`), client.Publication{TS: 7})
	if err != nil || pos.Seq != 1 || pos.Epoch == "" {
		t.Errorf("published at %v, %v", pos, err)
	}
	d.wait(t, "subscribed news at 0", `message news 1 {"headline":"Tulips fall"}`)
	var ae *client.AnswerError
	if _, err := c.Publish(ctx, "other", []byte("1"), client.Publication{}); !errors.As(err, &ae) || ae.Code != "forbidden" {
		t.Errorf("forbidden: %v", err)
	}
	if _, err := c.Publish(ctx, "news", []byte("{"), client.Publication{}); !errors.Is(err, client.ErrData) {
		t.Errorf("no JSON: %v", err)
	}
	if _, err := c.Refresh(ctx); !errors.Is(err, client.ErrNoToken) {
		t.Errorf("no token: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Publish(ctx, "news", []byte("1"), client.Publication{}); !errors.Is(err, client.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := c.Subscribe("news", client.SubscribeOptions{}, d.handle); !errors.Is(err, client.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// A server that refuses for good is not asked again; one whose token runs out is shown the next one.
func TestTokens(t *testing.T) {
	expired := func(any) time.Time { return time.Now().Add(50 * time.Millisecond) }
	s := wire(t, 0, feed.Config{
		Authenticate: func(r *http.Request) (any, error) {
			if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer good") {
				return nil, &engine.HTTPError{Status: http.StatusUnauthorized, Body: "a token is needed"}
			}
			return "ann", nil
		},
		Expires: expired,
	})
	ctx := t.Context()
	_, err := client.Dial(ctx, s.url+"?access_token=secret", client.Options{})
	var refused *client.RefusedError
	if !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized || strings.Contains(err.Error(), "secret") {
		t.Errorf("without a token: %v", err)
	}
	var mu sync.Mutex
	asked, connects := 0, 0
	enough := make(chan struct{})
	c := dial(t, s.url, client.Options{
		Token: func(context.Context) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			return fmt.Sprint("good", asked), nil
		},
		OnStatus: func(st client.Status) {
			mu.Lock()
			defer mu.Unlock()
			if st.State == client.Connected {
				if connects++; connects == 3 {
					close(enough)
				}
			}
		},
	})
	select {
	case <-enough:
	case <-time.After(patience):
		t.Fatal("it does not come back with another token")
	}
	_ = c.Close()
	mu.Lock()
	defer mu.Unlock()
	if asked < 3 || c.Status().State != client.Closed || c.Err() != nil {
		t.Errorf("%d tokens, %+v, %v", asked, c.Status(), c.Err())
	}
}

func TestDialEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Dial(ctx, "ws://127.0.0.1:1/feed", client.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := client.New("ws://%zz", client.Options{}); err == nil {
		t.Error("a URL that is none was taken")
	}
}
