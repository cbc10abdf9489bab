package client_test

import (
	"context"
	"errors"
	"testing"

	"github.com/weir-ws/weir/hub/feed/client"
)

// Everything that the protocol says about a channel, on one connection.
func TestEvents(t *testing.T) {
	heard := make(chan struct{})
	url := script(t, func(p *peer) {
		if got := p.r.URL.RawQuery; got != "times=1" {
			t.Errorf("the query is %q", got)
		}
		p.want(`{"type":"subscribe","channel":"a","maxHz":5}`,
			`{"type":"message","channel":"a","seq":9,"ts":1,"data":0}`, // of nobody's subscription
			`{"type":"subscribed","channel":"a","epoch":"e","seq":3,"snapshot":2,"maxHz":2,"policy":"conflate","id":%d}`,
			`{"type":"snapshot","channel":"a","seq":2,"ts":2,"key":"x","data":{"p":2}}`,
			`{"type":"snapshot","channel":"a","seq":3,"ts":3,"key":"y","data":{"p":3}}`,
			`{"type":"message","channel":"a","seq":4,"ts":4,"recv":5,"sent":6,"key":"x","data":[4]}`,
			`{"type":"message","channel":"a","seq":7,"from":5,"ts":7,"key":"x","data":7}`,
			`{"type":"message","channel":"a","seq":10,"dropped":2,"ts":7,"data":10}`,
			`{"type":"dropped","channel":"a","from":11,"seq":12}`,
			`{"type":"something new","channel":"a"}`,
			`{"type":"message","channel":"a","seq":13,"ts":7,"gap":true,"snapshot":true,"data":13}`,
			`{"type":"message","channel":"a","seq":13,"ts":7,"data":13}`,
			`{"type":"message","channel":"a","seq":15,"ts":7,"data":15}`,
			`{"type":"heartbeat","channel":"a","seq":15,"ts":8}`,
			`{"type":"heartbeat","channel":"a","seq":16,"ts":8}`,
			`{"type":"message","channel":"a","epoch":"f","seq":2,"from":1,"ts":7,"data":2}`)
		p.want(`{"type":"configure","channel":"a","maxHz":0}`, `{"type":"configured","channel":"a","maxHz":0,"id":%d}`)
		p.want(`{"type":"configure","channel":"a","maxHz":-1}`, `{"type":"error","code":"bad_request","message":"no","channel":"a","id":%d}`)
		p.say(`{"type":"unsubscribed","channel":"a","code":"forbidden","message":"the new token does not allow this channel"}`)
		p.want(`{"type":"subscribe","channel":"a"}`)
		close(heard)
		p.stay()
	})
	c := dial(t, url, client.Options{Times: true})
	l := newLog(t)
	var last *client.Message
	s, err := c.Subscribe("a", client.SubscribeOptions{MaxHz: 5}, func(e client.Event) {
		if m, ok := e.(*client.Message); ok && last == nil {
			last = m
		}
		l.handle(e)
	})
	if err != nil {
		t.Fatal(err)
	}
	l.want("subscribed a e/3 snapshots=2 maxHz=2",
		`snapshot a 0/2 2 "x" {"p":2}`, `snapshot a 1/2 3 "y" {"p":3}`,
		"message a 4-4 [4]", "message a 5-7 7", "dropped a 8-9", "message a 10-10 10", "dropped a 11-12",
		"gap a source 0-0", "message a 13-13 13 whole", "gap a undeclared 14-14", "message a 15-15 15", "heartbeat a 15",
		"gap a undeclared 16-16", "heartbeat a 16", "gap a restarted 0-0", "message a 1-2 2")
	if last.Recv != 5 || last.Sent != 6 || last.TS != 4 || last.Key != "x" {
		t.Errorf("the first message is %+v", last)
	}
	if got, want := s.Account(), (client.Account{Messages: 6, Superseded: 3, Dropped: 4, Missing: 2, Unknown: 2, Repeated: 1, Faults: 3}); got != want {
		t.Errorf("account %+v, want %+v", got, want)
	}
	if got := s.Positions()["a"]; got != (client.Position{Epoch: "f", Seq: 2}) {
		t.Errorf("position %+v", got)
	}
	s.Configure(0)
	l.want("configured a 0")
	s.Configure(-1)
	l.want("configured a 0bad_request", "ended a forbidden")
	if _, err := c.Subscribe("a", client.SubscribeOptions{}, l.handle); err != nil {
		t.Errorf("after its end: %v", err)
	}
	<-heard
}

// A pattern's rate is that of each of its channels that can have one: of those there are, of those that appear later and those that are resumed. A
// channel that another pattern takes over has that one's.
func TestRateOfAPattern(t *testing.T) {
	begins := func(channel, policy, pattern, more string) string {
		return `{"type":"subscribed","channel":"` + channel + `","epoch":"e","seq":0,"policy":"` + policy + `","pattern":"` + pattern + `"` + more + `}`
	}
	configure := func(p *peer, channel, hz string) {
		p.t.Helper()
		p.want(`{"type":"configure","channel":"`+channel+`","maxHz":`+hz+`}`, `{"type":"configured","channel":"`+channel+`","maxHz":`+hz+`,"id":%d}`)
	}
	url := script(t, func(p *peer) {
		p.want(`{"type":"subscribe","channel":"x*"}`, `{"type":"subscribed","pattern":"x*","id":%d}`,
			begins("x1", "conflate", "x*", ""), begins("x2", "lossless", "x*", ""))
		configure(p, "x1", "2")
		p.want(`{"type":"configure","channel":"x2","maxHz":2}`, `{"type":"error","code":"not_conflated","message":"no","channel":"x2","id":%d}`,
			begins("x3", "lossless", "x*", ""), begins("x4", "conflate", "x*", ""))
		configure(p, "x4", "2")
		for _, c := range []string{"x1", "x2", "x3", "x4"} {
			configure(p, c, "0")
		}
		_ = p.ws.CloseNow()
	}, func(p *peer) {
		answer := func(channel, policy string) string {
			return `{"type":"subscribed","channel":"` + channel + `","epoch":"e","seq":0,"recovered":true,"policy":"` + policy + `","id":%d}`
		}
		p.want(`{"type":"subscribe","channel":"x1","since":{"epoch":"e","seq":0},"maxHz":3}`, answer("x1", "conflate"))
		p.want(`{"type":"subscribe","channel":"x2","since":{"epoch":"e","seq":0}}`, answer("x2", "lossless"))
		p.want(`{"type":"subscribe","channel":"x3","since":{"epoch":"e","seq":0}}`, answer("x3", "lossless"))
		p.want(`{"type":"subscribe","channel":"x4","since":{"epoch":"e","seq":0},"maxHz":3}`, answer("x4", "conflate"))
		p.want(`{"type":"subscribe","channel":"x*","maxHz":3}`, `{"type":"subscribed","pattern":"x*","id":%d}`)
		p.want(`{"type":"unsubscribe","channels":["x1","x2","x3","x4"]}`)
		p.want(`{"type":"subscribe","channel":"*","maxHz":5}`, `{"type":"subscribed","pattern":"*","id":%d}`)
		p.want(`{"type":"unsubscribe","channel":"x*"}`)
		configure(p, "x1", "5")
		configure(p, "x4", "5")
		p.stay()
	})
	var s *client.Subscription
	c := dial(t, url, client.Options{OnStatus: func(st client.Status) {
		if st.State == client.Waiting {
			s.Configure(3)
		}
	}})
	l, heir := newLog(t), newLog(t)
	var err error
	if s, err = c.Subscribe("x*", client.SubscribeOptions{}, l.handle); err != nil {
		t.Fatal(err)
	}
	l.want("subscribed x1 e/0 by x*", "subscribed x2 e/0 by x*")
	s.Configure(2)
	l.want("configured x1 2", "configured x2 0not_conflated", "subscribed x3 e/0 by x*", "subscribed x4 e/0 by x*", "configured x4 2")
	s.Configure(0)
	for _, c := range []string{"x1", "x2", "x3", "x4"} {
		l.want("configured " + c + " 0")
	}
	for _, c := range []string{"x1", "x2", "x3", "x4"} {
		l.want("subscribed " + c + " e/0 recovered=true")
	}
	if _, err := c.Subscribe("*", client.SubscribeOptions{MaxHz: 5}, heir.handle); err != nil {
		t.Fatal(err)
	}
	s.Unsubscribe()
	heir.want("configured x1 5", "configured x4 5")
}

func TestSubscribeErrors(t *testing.T) {
	heard := make(chan struct{})
	c := dial(t, script(t, func(p *peer) {
		p.want(`{"type":"subscribe","channel":"a"}`)
		close(heard)
		p.stay()
	}), client.Options{})
	ignore := func(client.Event) {}
	if _, err := c.Subscribe("", client.SubscribeOptions{}, ignore); !errors.Is(err, client.ErrName) {
		t.Errorf("no name: %v", err)
	}
	if _, err := c.Subscribe("a", client.SubscribeOptions{}, ignore); err != nil {
		t.Error(err)
	}
	if _, err := c.Subscribe("a", client.SubscribeOptions{}, ignore); !errors.Is(err, client.ErrSubscribed) {
		t.Errorf("twice: %v", err)
	}
	if _, err := c.Subscribe("a*", client.SubscribeOptions{Since: &client.Position{}}, ignore); err == nil {
		t.Error("a pattern with a position")
	}
	<-heard
	_ = c.Close()
	if _, err := c.Subscribe("b", client.SubscribeOptions{}, ignore); !errors.Is(err, client.ErrClosed) || c.Err() != nil {
		t.Errorf("closed: %v, %v", err, c.Err())
	}
}

// What an earlier subscription still gets is nothing of the next one's.
func TestUnsubscribe(t *testing.T) {
	c := dial(t, script(t, func(p *peer) {
		p.want(`{"type":"subscribe","channel":"a"}`, `{"type":"subscribed","channel":"a","epoch":"e","seq":0,"id":%d}`)
		p.want(`{"type":"unsubscribe","channel":"a"}`, `{"type":"message","channel":"a","seq":1,"ts":1,"data":1}`, `{"type":"unsubscribed","channel":"a","id":%d}`)
		p.want(`{"type":"subscribe","channel":"a"}`, `{"type":"subscribed","channel":"a","epoch":"e","seq":1,"id":%d}`,
			`{"type":"message","channel":"a","seq":2,"ts":1,"data":2}`)
		p.stay()
	}), client.Options{})
	l := newLog(t)
	s, err := c.Subscribe("a", client.SubscribeOptions{}, l.handle)
	if err != nil {
		t.Fatal(err)
	}
	l.want("subscribed a e/0")
	s.Unsubscribe()
	s.Unsubscribe()
	again := newLog(t)
	if _, err = c.Subscribe("a", client.SubscribeOptions{}, again.handle); err != nil {
		t.Fatal(err)
	}
	again.want("subscribed a e/1", "message a 2-2 2")
	if len(l.lines) > 0 {
		t.Errorf("the first one gets %s", <-l.lines)
	}
}

func TestIterator(t *testing.T) {
	c := dial(t, script(t, func(p *peer) {
		sub := `{"type":"subscribe","channel":"a"}`
		p.want(sub, `{"type":"subscribed","channel":"a","epoch":"e","seq":0,"id":%d}`, `{"type":"message","channel":"a","seq":1,"ts":1,"data":1}`)
		p.want(`{"type":"unsubscribe","channel":"a"}`)
		p.want(sub, `{"type":"error","code":"unknown_channel","message":"no","channel":"a","id":%d}`)
		p.stay()
	}), client.Options{})
	for e, err := range c.Events(t.Context(), "a", client.SubscribeOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := e.(*client.Message); ok && m.Seq == 1 {
			break
		}
	}
	var answer *client.AnswerError
	for _, err := range c.Events(t.Context(), "a", client.SubscribeOptions{}) {
		errors.As(err, &answer)
	}
	if answer == nil || answer.Code != "unknown_channel" || answer.Error() != "unknown_channel: no (a)" {
		t.Errorf("a refusal is %v", answer)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range c.Events(stopped, "", client.SubscribeOptions{}) {
		if !errors.Is(err, client.ErrName) {
			t.Errorf("no name: %v", err)
		}
	}
	_ = c.Close()
	for _, err := range c.Events(t.Context(), "b", client.SubscribeOptions{}) {
		if !errors.Is(err, client.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	}
}

func TestWrongServer(t *testing.T) {
	var wrong *client.ProtocolError
	c := dial(t, script(t, func(p *peer) { p.say("hello"); _, _, _ = p.ws.Read(context.Background()) }), client.Options{})
	<-c.Done()
	if !errors.As(c.Err(), &wrong) || wrong.Text != "hello" || c.Status().State != client.Closed || c.Status().Err == nil {
		t.Errorf("%v, %+v", c.Err(), c.Status())
	}
	_, err := client.Dial(t.Context(), script(t), client.Options{})
	var refused *client.RefusedError
	if !errors.As(err, &refused) || refused.Status != 404 || refused.Body != "the script is at its end" {
		t.Errorf("after a 404: %v", err)
	}
	for _, bad := range []string{"http://h", "h:1", "ws://", "ws://h:x", "\x00"} {
		if _, err := client.New(bad, client.Options{}); err == nil {
			t.Errorf("%q is a URL", bad)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if _, err := client.Dial(ctx, "ws://127.0.0.1:1/feed", client.Options{}); err == nil || !errors.Is(err, context.Cause(ctx)) {
		t.Errorf("stopped: %v", err)
	}
}
