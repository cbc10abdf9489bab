package clients

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"
)

// event is what happened to a subscriber, whatever it is written in.
type event struct {
	Client string // its address
	Kind   string // "subscribed", "message", "close", or a fault's text
	Epoch  string // of "subscribed"
	Seq    uint64 // of "subscribed" and "message"
	Code   int    // of "close"
	Reason string // of "close"
}

// session is one subscription over one connection.
type session struct {
	epoch    string
	seq      uint64 // the latest
	messages int
	code     int // 0: it is open
	reason   string
}

type client struct {
	addr     netip.Addr
	sessions []session
}

// now is the session that is open, or an empty one.
func (c *client) now() session {
	if n := len(c.sessions); n > 0 && c.sessions[n-1].code == 0 {
		return c.sessions[n-1]
	}
	return session{}
}

// all is the number of messages over all sessions.
func (c *client) all() (n int) {
	for _, s := range c.sessions {
		n += s.messages
	}
	return n
}

// diary is what happened to all subscribers, and what should not have.
type diary struct {
	mu      sync.Mutex
	clients map[netip.Addr]*client
	faults  []string
}

func newDiary() *diary { return &diary{clients: make(map[netip.Addr]*client)} }

// note writes an event down. Any goroutine may call it.
func (d *diary) note(e event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fault := func() { d.faults = append(d.faults, fmt.Sprintf("%+v", e)) }
	addr, err := netip.ParseAddr(e.Client)
	if err != nil {
		fault()
		return
	}
	c := d.clients[addr]
	if c == nil {
		c = &client{addr: addr}
		d.clients[addr] = c
	}
	open := len(c.sessions) > 0 && c.sessions[len(c.sessions)-1].code == 0
	if e.Kind == "subscribed" && !open {
		c.sessions = append(c.sessions, session{epoch: e.Epoch, seq: e.Seq})
		return
	}
	if !open {
		fault()
		return
	}
	s := &c.sessions[len(c.sessions)-1]
	switch {
	case e.Kind == "message" && e.Seq == s.seq+1:
		s.seq++
		s.messages++
	case e.Kind == "close" && e.Code != 0:
		s.code, s.reason = e.Code, e.Reason
	default:
		fault()
	}
}

// of returns a copy of what happened to one.
func (d *diary) of(addr netip.Addr) *client {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := client{addr: addr}
	if have := d.clients[addr]; have != nil {
		c.sessions = slices.Clone(have.sessions)
	}
	return &c
}

func (d *diary) messages(addrs ...netip.Addr) map[netip.Addr]int {
	n := make(map[netip.Addr]int)
	for _, a := range addrs {
		n[a] = d.of(a).all()
	}
	return n
}

// until waits for what is true of each of addrs.
func (d *diary) until(t *testing.T, what string, is func(*client) bool, addrs ...netip.Addr) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		i := slices.IndexFunc(addrs, func(a netip.Addr) bool { return !is(d.of(a)) })
		if i < 0 {
			return
		}
		d.check(t)
		if t.Failed() || time.Now().After(end) {
			t.Fatalf("not so, that %s: %+v", what, d.of(addrs[i]))
		}
	}
}

// check fails if there was a fault: a gap, a repetition, an answer that is none.
func (d *diary) check(t *testing.T) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.faults) > 0 {
		t.Errorf("%d faults among %v:\n%.2000s", len(d.faults), slices.SortedFunc(maps.Keys(d.clients), netip.Addr.Compare), d.faults)
	}
}

// TestDiary holds the judge to what it must find.
func TestDiary(t *testing.T) {
	sub, msg := event{Client: "127.1.0.1", Kind: "subscribed", Seq: 4}, event{Client: "127.1.0.1", Kind: "message", Seq: 5}
	end := event{Client: "127.1.0.1", Kind: "close", Code: 1012}
	for _, c := range []struct {
		name   string
		events []event
		faults int
	}{
		{"in order, twice", []event{sub, msg, end, sub, msg}, 0},
		{"a gap", []event{sub, {Client: "127.1.0.1", Kind: "message", Seq: 6}}, 1},
		{"a repetition", []event{sub, msg, msg}, 1},
		{"behind the close", []event{sub, end, msg}, 1},
		{"another subscription", []event{sub, sub}, 1},
		{"a handshake that failed", []event{{Client: "127.1.0.1", Kind: "unexpected answer 502"}}, 1},
		{"nobody", []event{{Kind: "message"}}, 1},
	} {
		d := newDiary()
		for _, e := range c.events {
			d.note(e)
		}
		if len(d.faults) != c.faults {
			t.Errorf("%s: faults %q, want %d", c.name, d.faults, c.faults)
		}
	}
}
