package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/hub/feed/client"
)

// A lost connection is made again, and every subscription goes on from where it was; those without a position go together.
func TestReconnects(t *testing.T) {
	heard := make(chan struct{})
	url := script(t, func(p *peer) {
		p.want(`{"type":"subscribe","channel":"a","since":{"epoch":"e","seq":5}}`, `{"type":"subscribed","channel":"a","epoch":"e","seq":5,"recovered":true,"id":%d}`,
			`{"type":"message","channel":"a","seq":6,"ts":1,"data":6}`)
		p.want(`{"type":"subscribe","channel":"b"}`)
		p.want(`{"type":"subscribe","channel":"c"}`)
	}, func(p *peer) {
		p.want(`{"type":"subscribe","channel":"a","since":{"epoch":"e","seq":6}}`, `{"type":"subscribed","channel":"a","epoch":"e","seq":6,"recovered":true,"id":%d}`,
			`{"type":"message","channel":"a","seq":7,"ts":1,"data":7}`)
		p.want(`{"type":"subscribe","channels":["b","c"]}`, `{"type":"subscribed","channel":"b","epoch":"e","seq":0,"id":%d}`)
		_ = p.ws.CloseNow()
	}, func(p *peer) {
		p.want(`{"type":"subscribe","channel":"a","since":{"epoch":"e","seq":7}}`, `{"type":"subscribed","channel":"a","epoch":"e","seq":9,"recovered":false,"snapshot":1,"id":%d}`,
			`{"type":"snapshot","channel":"a","seq":9,"ts":1,"data":9}`)
		p.want(`{"type":"subscribe","channel":"b","since":{"epoch":"e","seq":0}}`, `{"type":"subscribed","channel":"b","epoch":"f","seq":0,"recovered":false,"id":%d}`)
		p.want(`{"type":"subscribe","channels":["c"]}`)
		close(heard)
		p.stay()
	})
	c := dial(t, url, client.Options{})
	a, b := newLog(t), newLog(t)
	s, err := c.Subscribe("a", client.SubscribeOptions{Since: &client.Position{Epoch: "e", Seq: 5}}, a.handle)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "c"} {
		if _, err := c.Subscribe(name, client.SubscribeOptions{}, b.handle); err != nil {
			t.Fatal(err)
		}
	}
	a.want("subscribed a e/5 recovered=true", "message a 6-6 6", "subscribed a e/6 recovered=true", "message a 7-7 7",
		"gap a away 8-9", "subscribed a e/9 recovered=false snapshots=1", `snapshot a 0/1 9 "" 9`)
	b.want("subscribed b e/0", "gap b restarted 0-0", "subscribed b f/0 recovered=false")
	if got, want := s.Account(), (client.Account{Messages: 2, Missing: 2}); got != want {
		t.Errorf("account %+v, want %+v", got, want)
	}
	<-heard
	if st := c.Status(); st.State != client.Connected || st.Connects != 3 {
		t.Errorf("status %+v", st)
	}
}

// The channels of a pattern are resumed by name, in front of the pattern, which then takes them over.
func TestPatternReconnects(t *testing.T) {
	heard := make(chan struct{})
	url := script(t, func(p *peer) {
		p.want(`{"type":"subscribe","channel":"*@trade","maxHz":2}`, `{"type":"subscribed","pattern":"*@trade","maxHz":2,"id":%d}`,
			`{"type":"subscribed","channel":"a@trade","epoch":"e","seq":3,"pattern":"*@trade"}`, `{"type":"message","channel":"a@trade","seq":4,"ts":1,"data":4}`,
			`{"type":"subscribed","channel":"b@trade","epoch":"e","seq":0,"maxHz":2,"pattern":"*@trade"}`)
	}, func(p *peer) {
		p.want(`{"type":"subscribe","channel":"a@trade","since":{"epoch":"e","seq":4}}`, `{"type":"subscribed","channel":"a@trade","epoch":"e","seq":4,"recovered":true,"id":%d}`)
		p.want(`{"type":"subscribe","channel":"b@trade","since":{"epoch":"e","seq":0},"maxHz":2}`, `{"type":"error","code":"unknown_channel","message":"no","channel":"b@trade","id":%d}`)
		p.want(`{"type":"subscribe","channel":"*@trade","maxHz":2}`, `{"type":"subscribed","pattern":"*@trade","id":%d}`)
		p.want(`{"type":"unsubscribe","channels":["a@trade","b@trade"]}`, `{"type":"unsubscribed","channel":"a@trade","kept":"*@trade","id":%d}`,
			`{"type":"error","code":"not_subscribed","message":"no","channel":"b@trade","id":%d}`,
			`{"type":"message","channel":"a@trade","seq":5,"ts":1,"data":5}`, `{"type":"subscribed","channel":"b@trade","epoch":"f","seq":0,"pattern":"*@trade"}`)
		p.want(`{"type":"unsubscribe","channel":"*@trade"}`)
		close(heard)
		p.stay()
	})
	c := dial(t, url, client.Options{})
	l := newLog(t)
	s, err := c.Subscribe("*@trade", client.SubscribeOptions{MaxHz: 2}, l.handle)
	if err != nil {
		t.Fatal(err)
	}
	l.want("subscribed a@trade e/3 by *@trade", "message a@trade 4-4 4", "subscribed b@trade e/0 by *@trade maxHz=2",
		"subscribed a@trade e/4 recovered=true", "message a@trade 5-5 5", "gap b@trade restarted 0-0", "subscribed b@trade f/0 by *@trade")
	s.Unsubscribe()
	<-heard
}

// A server that says when to come back is not asked before; one that answers with an error is asked again if that may help.
func TestWaitsAsTold(t *testing.T) {
	var waits []time.Duration
	var errs []string
	url := script(t, func(p *peer) {
		_ = p.ws.Close(websocket.StatusServiceRestart, "server is restarting; retry-after=20ms")
	}, func(p *peer) {
		_ = p.ws.Close(3000, "the token has expired")
	}, (*peer).stay)
	var tokens int
	dialed := dial(t, url, client.Options{
		Token: func(context.Context) (string, error) {
			if tokens++; tokens == 2 {
				return "", errors.New("no token today")
			}
			return fmt.Sprint("t", tokens), nil
		},
		OnStatus: func(s client.Status) {
			if s.State == client.Waiting {
				waits, errs = append(waits, s.Wait), append(errs, s.Err.Error())
			}
		},
	})
	for dialed.Status().Connects < 3 {
		time.Sleep(time.Millisecond)
	}
	_ = dialed.Close()
	want := []string{"closed by the server with 1012 (server is restarting; retry-after=20ms)", "no token today", "closed by the server with 3000 (the token has expired)"}
	if !slices.Equal(errs, want) || waits[0] < 20*time.Millisecond || waits[1] > 20*time.Millisecond {
		t.Errorf("waited %v for %q", waits, errs)
	}
}

func TestHTTPAnswers(t *testing.T) {
	var status int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" || r.Header.Get("X-More") != "1" {
			t.Errorf("header %v", r.Header)
		}
		w.Header().Set("Retry-After", "0")
		status++
		http.Error(w, "because", []int{503, 429, 401}[status-1])
	}))
	defer s.Close()
	var seen []string
	_, err := client.Dial(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http"), client.Options{
		Backoff: quick, Header: http.Header{"X-More": {"1"}}, Token: func(context.Context) (string, error) { return "secret", nil },
		OnStatus: func(s client.Status) {
			if s.State == client.Waiting {
				seen = append(seen, s.Err.Error())
			}
		},
	})
	var refused *client.RefusedError
	if !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized || len(seen) != 2 || !strings.Contains(seen[0], "503 Service Unavailable: because") {
		t.Errorf("%v after %q", err, seen)
	}
}

// A server that takes no subscriptions just now is asked again; one that has begun anew may know a channel only later; what a pattern finds and cannot have is told.
func TestAsksAgain(t *testing.T) {
	heard := make(chan struct{})
	url := script(t, func(p *peer) {
		p.want(`{"type":"subscribe","channel":"a"}`, `{"type":"error","code":"unavailable","message":"later","channel":"a","id":%d}`)
		p.want(`{"type":"subscribe","channel":"a"}`, `{"type":"subscribed","channel":"a","epoch":"e","seq":0,"id":%d}`)
	}, func(p *peer) {
		a := `{"type":"subscribe","channel":"a","since":{"epoch":"e","seq":0}}`
		p.want(a, `{"type":"error","code":"unknown_channel","message":"no","channel":"a","id":%d}`)
		p.want(a, `{"type":"subscribed","channel":"a","epoch":"f","seq":0,"recovered":false,"id":%d}`)
		star := `{"type":"subscribe","channel":"*"}`
		p.want(star, `{"type":"error","code":"unavailable","message":"later","channel":"*","id":%d}`)
		p.want(star, `{"type":"subscribed","pattern":"*","id":%d}`, `{"type":"error","code":"too_many_channels","message":"no","channel":"b"}`)
		close(heard)
		p.stay()
	})
	c := dial(t, url, client.Options{})
	l := newLog(t)
	if _, err := c.Subscribe("a", client.SubscribeOptions{}, l.handle); err != nil {
		t.Fatal(err)
	}
	l.want("subscribed a e/0", "gap a restarted 0-0", "subscribed a f/0 recovered=false")
	if _, err := c.Subscribe("*", client.SubscribeOptions{}, l.handle); err != nil {
		t.Fatal(err)
	}
	l.want("ended b too_many_channels")
	<-heard
}
