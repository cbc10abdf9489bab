package upstream_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/internal/cuttest"
	"github.com/weir-ws/weir/hub/feed/source"
	"github.com/weir-ws/weir/hub/feed/source/upstream"
)

// weir is a feed server that can be ended and begun anew at the same address.
type weir struct {
	t    *testing.T
	hub  *hub.Hub
	addr string
	end  func()
	auth func(*http.Request) (any, error)
	deny string // channels that nobody may have begin so; "": none
}

func (w *weir) begin() {
	w.t.Helper()
	trade, ticker, book := hub.Trade(), hub.Ticker(), hub.Book(nil)
	h, err := hub.New(hub.Config{Panicked: feed.Panicked, Options: func(channel string) *hub.ChannelOptions {
		switch {
		case strings.HasSuffix(channel, "@trade"):
			return &trade
		case strings.HasSuffix(channel, "@ticker"):
			return &ticker
		case strings.HasSuffix(channel, "@depth"):
			return &book
		}
		return nil
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	f, err := feed.New(h, feed.Config{Authenticate: w.auth, Permit: func(_ any, channel string) bool { return w.deny == "" || !strings.HasPrefix(channel, w.deny) }})
	if err != nil {
		w.t.Fatal(err)
	}
	e, stop := enginetest.Serve(w.t, engine.Config{Addrs: []string{w.addr}, Loops: 1}, f.Handler())
	w.hub, w.addr = h, e.Addrs()[0].String()
	w.end = func() {
		stop()
		if err := h.Close(); err != nil {
			w.t.Error(err)
		}
	}
}

func (w *weir) publish(channel string, p hub.Payload) {
	w.t.Helper()
	if _, err := w.hub.Publish(context.Background(), channel, p); err != nil {
		w.t.Fatal(err)
	}
}

func value(v any) hub.Payload { return hub.Payload{Data: fmt.Append(nil, v), Time: 1} }

// What another weir has goes on as it is: states, keys, marks. A server that has begun anew is a gap, and so is what its state does not say.
func TestWeir(t *testing.T) {
	w := &weir{t: t, addr: "127.0.0.1:0"}
	w.begin()
	w.publish("a@depth", hub.Payload{Data: []byte(`{"book":1}`), Time: 1, Snapshot: true})
	w.publish("all@ticker", hub.Payload{Data: []byte("1"), Time: 1, Key: "x"})
	w.publish("all@ticker", hub.Payload{Data: []byte("2"), Time: 1, Key: "y"})
	w.publish("a@trade", value(1))
	s := newSink()
	u, stop := run(t, upstream.Config{URL: "ws://" + w.addr + "/feed", Channels: []string{"a@depth", "all@*", "*@trade"}}, s)
	s.want(t, `a@depth {"book":1} snapshot`)
	// What a pattern finds comes in the order of its answer, each with its state.
	s.want(t, "all@ticker 1 key=x", "all@ticker 2 key=y")
	until(t, "it has all channels", func() bool { return w.hub.Members("a@trade") == 1 })
	w.publish("a@trade", value(2))
	w.publish("a@depth", hub.Payload{Data: []byte(`{"diff":2}`), Gap: true})
	w.publish("b@trade", value(3)) // a channel that appears
	s.want(t, "a@trade 2")
	got := map[string]bool{<-s.lines: true, <-s.lines: true}
	if !got[`a@depth {"diff":2} gap`] || !got["b@trade 3"] {
		t.Errorf("published %v", got)
	}
	w.end()
	w.begin()
	w.publish("a@trade", value(1)) // before it is back: missed, and nobody knows how many
	until(t, "it is back", func() bool {
		return u.Stats().Connects == 2 && w.hub.Members("a@trade") == 1 && w.hub.Members("a@depth") == 1
	})
	w.publish("a@trade", value(4))
	s.want(t, "a@trade 4 gap")
	w.publish("a@depth", hub.Payload{Data: []byte(`{"book":9}`), Snapshot: true})
	s.want(t, `a@depth {"book":9} snapshot gap`)
	stop()
	w.end()
	if st := u.Stats(); st.Gaps != 3 || st.Connects != 2 || st.Up {
		t.Errorf("stats %+v", st)
	}
}

// A connection that was cut resumes: nothing is missing, and nothing is marked. A server that refuses for a while, as after a change of tokens, is asked again,
// and what it has kept is resumed then, too.
func TestWeirResumes(t *testing.T) {
	var refuse atomic.Bool
	w := &weir{t: t, addr: "127.0.0.1:0", auth: func(r *http.Request) (any, error) {
		if refuse.Load() {
			return nil, &engine.HTTPError{Status: http.StatusForbidden, Body: "not now"}
		}
		return "ann", nil
	}}
	w.begin()
	defer func() { w.end() }()
	w.publish("a@trade", value(0))
	way := cuttest.New(t, w.addr)
	s := newSink()
	refusals := make(chan error, 100)
	u, stop := run(t, upstream.Config{URL: "ws://" + way.Addr + "/feed", Channels: []string{"*@trade"}, OnStatus: func(st client.Status) {
		var e *client.RefusedError
		if st.State == client.Waiting && errors.As(st.Err, &e) {
			select {
			case refusals <- e:
			default:
			}
		}
	}}, s)
	defer stop()
	until(t, "it is there", func() bool { return w.hub.Members("a@trade") == 1 })
	n := 1
	w.publish("a@trade", value(n))
	s.want(t, "a@trade 1") // from now on it knows where it is
	for round := range 6 {
		for range 10 {
			n++
			w.publish("a@trade", value(n))
		}
		refuse.Store(round%2 == 1)
		way.Cut()
		if refuse.Load() {
			<-refusals
			refuse.Store(false)
		}
	}
	for i := 2; i <= n; i++ {
		s.want(t, fmt.Sprintf("a@trade %d", i))
	}
	if st := u.Stats(); st.Gaps != 0 {
		t.Errorf("stats %+v", st)
	}
}

// What the server ends is told, and an error of the sink ends the source.
func TestWeirEnds(t *testing.T) {
	w := &weir{t: t, addr: "127.0.0.1:0", deny: "b@trade"}
	w.begin()
	defer func() { w.end() }()
	ended := make(chan *client.Ended, 1)
	full := errors.New("full")
	u, err := upstream.New(upstream.Config{
		URL: "ws://" + w.addr + "/feed", Channels: []string{"b@trade", "a@trade"}, Backoff: quick, OnEnded: func(e *client.Ended) { ended <- e },
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- u.Run(context.Background(), source.SinkFunc(func(context.Context, source.Event) error { return full }))
	}()
	if e := <-ended; e.Code != "forbidden" {
		t.Errorf("ended with %+v", e)
	}
	until(t, "it is subscribed", func() bool { return w.hub.Members("a@trade") == 1 })
	w.publish("a@trade", value(1))
	if err := <-done; !errors.Is(err, full) {
		t.Errorf("it ends with %v", err)
	}
}

// A connection that is refused, or whose channels are, while there is still much to subscribe to.
func TestWeirWithManyChannels(t *testing.T) {
	var refuse atomic.Bool
	refuse.Store(true)
	w := &weir{t: t, addr: "127.0.0.1:0", deny: "denied", auth: func(*http.Request) (any, error) {
		if refuse.Load() {
			return nil, &engine.HTTPError{Status: http.StatusForbidden, Body: "not now"}
		}
		return "ann", nil
	}}
	w.begin()
	defer func() { w.end() }()
	names := []string{"a@trade"}
	for i := range 3000 {
		names = append(names, fmt.Sprintf("denied%d", i))
	}
	var ended atomic.Int64
	refused := make(chan error, 1)
	u, stop := run(t, upstream.Config{
		URL: "ws://" + w.addr + "/feed", Channels: names, OnEnded: func(*client.Ended) { ended.Add(1) },
		OnStatus: func(st client.Status) {
			if st.State == client.Waiting {
				select {
				case refused <- st.Err:
				default:
				}
			}
		},
	}, newSink())
	defer stop()
	var e *client.RefusedError
	if err := <-refused; !errors.As(err, &e) || e.Status != http.StatusForbidden {
		t.Errorf("it waits because of %v", err)
	}
	refuse.Store(false)
	until(t, "all are told", func() bool { return ended.Load() >= 3000 && w.hub.Members("a@trade") == 1 })
	if st := u.Stats(); st.Connects != 1 {
		t.Errorf("stats %+v", st)
	}
}
