package hub_test

import (
	"errors"

	"github.com/weir-ws/weir/hub"
)

func (p *player) Memberships() *hub.Memberships { return &p.rooms }

// Deliver checks the message against the model, then does something unexpected, perhaps.
func (p *player) Deliver(m *hub.Message) hub.Outcome {
	w := p.w
	for _, c := range w.channels {
		if c.name == m.Channel {
			p.got(c, m)
		}
	}
	if w.depth > 0 {
		w.t.Fatal("a member was called inside a callback")
	}
	w.depth++
	defer func() { w.depth-- }()
	return p.surprise()
}

func (p *player) got(c *channelModel, m *hub.Message) {
	d := p.in[c]
	switch {
	case d == nil:
		p.w.t.Fatalf("%s: message %d for a member that is not in it", c.name, m.Seq)
	case !d.joined:
		p.w.t.Fatalf("%s: message %d before Joined", c.name, m.Seq)
	case m.Seq != d.next:
		p.w.t.Fatalf("%s: message %d, want %d", c.name, m.Seq, d.next)
	case string(m.Data) != c.name:
		p.w.t.Fatalf("%s: message with data %q", c.name, m.Data)
	case m.Time <= int64(p.stamp):
		p.w.t.Fatalf("%s: a message published as number %d after number %d", c.name, m.Time, p.stamp)
	}
	p.stamp = int(m.Time)
	d.next++
}

// neighbour is a member of the same loop, perhaps p itself: others must not be touched here.
func (p *player) neighbour() *player {
	q := p.w.member()
	if q.loop != p.loop {
		return p
	}
	return q
}

func (p *player) surprise() hub.Outcome {
	w := p.w
	switch w.choose(24) {
	case 0:
		w.vacated(p) // the model first: the hub takes it out when it sees the outcome
		return hub.Closed
	case 1: // as after a write error: the connection's close callback, then the outcome
		p.leaveAll()
		return hub.Closed
	case 2:
		p.neighbour().leaveAll()
	case 3, 4:
		p.neighbour().leave(w.channel())
	case 5, 6:
		p.neighbour().join(w.channel())
	case 7:
		if w.choose(2) == 0 { // less than one for each message, or there would be no end
			w.publish(w.channel())
		}
	case 8:
		p.willDie = true
		panic(errBoom)
	case 9:
		p.leave(w.channel())
		p.join(w.channel())
		return hub.Queued
	case 10:
		return hub.Dropped
	}
	return hub.Sent
}

func (w *world) panicked(m hub.Member, v any, _ []byte) {
	p := m.(*player)
	if v != errBoom || !p.willDie {
		panic(v)
	}
	p.willDie = false
	w.panics++
	w.vacated(p)
	if n := p.rooms.Len(); n != 0 {
		w.t.Fatalf("after a panic a member is in %d channels", n)
	}
}

func (p *player) join(c *channelModel) {
	var want error
	switch {
	case p.in[c] != nil:
		want = hub.ErrAlreadyJoined
	case len(p.in) == 3:
		want = hub.ErrTooManyChannels
	}
	d := &due{next: c.pos.Seq + 1}
	joined := func(pos hub.Joined) {
		if p.in[c] != d || d.joined {
			p.w.t.Fatalf("%s: Joined for a membership that has ended or was told before", c.name)
		}
		if pos.Seq+1 != d.next {
			p.w.t.Fatalf("%s: Joined at %d, want %d", c.name, pos.Seq, d.next-1)
		}
		d.joined = true
		if p.w.choose(8) == 0 {
			p.surpriseJoined()
		}
	}
	err := p.w.hub.Join(p.loop, p, c.name, hub.JoinOptions{Joined: joined})
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		p.w.t.Fatalf("%s: Join returned %v, want %v", c.name, err, want)
	}
	if err == nil {
		p.in[c] = d
	}
}

func (p *player) surpriseJoined() {
	switch p.w.choose(4) {
	case 0:
		p.leaveAll()
	case 1:
		p.willDie = true
		panic(errBoom)
	case 2:
		p.w.burst()
	case 3:
		p.neighbour().leave(p.w.channel())
	}
}

func (p *player) leave(c *channelModel) {
	err := p.w.hub.Leave(p.loop, p, c.name)
	if p.in[c] == nil {
		if !errors.Is(err, hub.ErrNotJoined) {
			p.w.t.Fatalf("%s: Leave returned %v, want ErrNotJoined", c.name, err)
		}
		return
	}
	if err != nil {
		p.w.t.Fatalf("%s: Leave: %v", c.name, err)
	}
	delete(p.in, c)
	if p.w.count(c) == 0 {
		c.idle = p.w.now
	}
}

func (p *player) leaveAll() {
	p.w.hub.LeaveAll(p.loop, p)
	p.w.vacated(p)
}
