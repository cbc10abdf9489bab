package admin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

func (s *seen) connz(query string) (p connzPage) {
	s.t.Helper()
	code, body := s.get("/connz" + query)
	if code != 200 {
		s.t.Fatalf("/connz%s is %d: %s", query, code, body)
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		s.t.Fatal(err)
	}
	return p
}

func TestConnz(t *testing.T) {
	s := newSeen(t, engine.Config{MaxConns: 500})
	if p := s.connz(""); p.Connections == nil || len(p.Connections) != 0 || p.Totals.Connections != 0 || p.Sort != "buffered" || p.Limit != 20 {
		t.Errorf("of nobody: %+v", p)
	}
	for i := range 30 {
		s.open(i%2, i%4)
		s.Advance(time.Second)
	}
	slow := s.open(1, 2)
	slow.Stall()
	slow.Send(frame.OpText, []byte(`{"type":"ping","id":"`+strings.Repeat("x", 60)+`"}`))
	s.Advance(3 * time.Second)
	s.Dial() // says nothing

	p := s.connz("")
	tot := p.Totals
	if tot.Connections != 32 || tot.Open != 31 || tot.Slow != 1 || tot.Max != 500 || tot.Unsent < 60 || tot.Subscriptions != 45 || tot.Channels != 3 {
		t.Errorf("totals %+v", tot)
	}
	c := p.Connections[0]
	if len(p.Connections) != 20 || len(p.Loops) != 2 || c.Unsent != int(tot.Unsent) || c.Lag < 2000 || c.Loop != 1 || c.Subscriptions != 2 ||
		c.State != "open" || c.Age != 3 || !strings.HasPrefix(c.Addr, "192.0.2.1:") {
		t.Errorf("%d connections on %d loops, the first is %+v", len(p.Connections), len(p.Loops), c)
	}
	if p := s.connz("?sort=lag&limit=1"); len(p.Connections) != 1 || p.Connections[0].Addr != c.Addr {
		t.Errorf("by lag: %+v", p.Connections)
	}
	p = s.connz("?sort=age&limit=1000")
	if len(p.Connections) != 32 || p.Connections[0].Age != 33 || p.Connections[31].State != "handshake" {
		t.Errorf("by age: %+v", p.Connections)
	}
}

func TestConnzQueries(t *testing.T) {
	s := newSeen(t, engine.Config{})
	for query, want := range map[string]string{
		"?sort=size":    `sort="size" is not known; write buffered, lag or age`,
		"?sort=":        `sort="" is not known; write buffered, lag or age`,
		"?limit=0":      `limit="0" cannot be; write 1 to 1000`,
		"?limit=1001":   `limit="1001" cannot be; write 1 to 1000`,
		"?limit=twenty": `limit="twenty" cannot be; write 1 to 1000`,
	} {
		if code, body := s.get("/connz" + query); code != 400 || body != want+"\n" {
			t.Errorf("%s: %d %q", query, code, body)
		}
	}
}

// A loop that does not answer is named, and the rest is shown: that is when people look.
func TestConnzSilentLoop(t *testing.T) {
	s := newSeen(t, engine.Config{})
	for i := range 4 {
		s.open(i%2, 1)
	}
	s.stuck[0] = true
	p := s.connz("")
	if got := fmt.Sprint(p.Loops[0].Silent, p.Loops[1].Silent, len(p.Connections), p.Totals.Connections); got != "true false 2 2" {
		t.Errorf("silent 0, silent 1, listed, counted: %s", got)
	}
	s.Stop()
	if code, body := s.get("/connz"); code != 503 || body != "the engine has ended\n" {
		t.Errorf("when the engine has ended: %d %q", code, body)
	}
}

// Who is slow, by how much, and what was done about it.
func TestConnzHolding(t *testing.T) {
	s := newSeen(t, engine.Config{})
	c := s.Dial()
	c.Handshake(feed.DefaultPath)
	c.Send(frame.OpText, []byte(`{"type":"subscribe","channel":"tick","maxHz":1}`))
	s.Settle()
	for i := range 7 {
		p := hub.Payload{Op: frame.OpText, Data: []byte("1"), Key: string(rune('a' + i%3))}
		if _, err := s.cfg.Hub.Publish(t.Context(), "tick", p); err != nil {
			t.Fatal(err)
		}
		s.Settle()
	}
	s.Advance(500 * time.Millisecond)
	p := s.connz("")
	want := connzHolding{Channels: 1, Keys: 3, Behind: 6, Oldest: 500, Conflated: 3, List: []connzHeld{{Channel: "tick", MaxHz: 1, Keys: 3, Behind: 6, Oldest: 500, Conflated: 3}}}
	if h := p.Connections[0].Holding; h == nil || fmt.Sprint(*h) != fmt.Sprint(want) {
		t.Errorf("%+v, want %+v", h, want)
	}
	if tot := p.Totals; tot.PacedSubscriptions != 1 || tot.SlowSubscriptions != 0 || tot.Held != 3 {
		t.Errorf("totals %+v", tot)
	}
	s.Advance(time.Second)
	h := s.connz("").Connections[0].Holding
	if h == nil || h.Behind != 0 || h.Conflated != 3 || h.List[0].Conflated != 3 {
		t.Errorf("when it was sent all: %+v", h)
	}
}
