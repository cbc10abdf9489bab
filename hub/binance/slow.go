package binance

import (
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/internal/policy"
)

// What the dialect does with slow clients is what the feed does, without the account: there is no place for it in the exchange's
// messages. A channel that drops shows it in the numbers of its own payloads.

// deliverBy delivers a message by the policy of its channel, to a client for whom not everything is as usual.
func (n *Session) deliverBy(m *hub.Message) hub.Outcome {
	if h := n.holds[m.Channel]; h != nil {
		switch _, verdict := h.Take(m); verdict {
		case hub.Kept:
			return hub.Queued
		case hub.Past:
			return hub.Sent
		}
		return n.sendOrKeep(h, m)
	}
	o := n.send(m)
	if o == engine.Dropped && m.Options.Slow == hub.SlowConflate {
		h := n.hold(m.Channel)
		h.Take(m)
		h.Keep(m)
		return hub.Queued
	}
	return hub.Outcome(o)
}

// sendOrKeep sends m, which h has let pass.
func (n *Session) sendOrKeep(h *hub.Hold, m *hub.Message) hub.Outcome {
	o := n.send(m)
	if o == engine.Dropped {
		h.Keep(m)
		return hub.Queued
	}
	if o != engine.Closed {
		h.Sent(m, hub.Span{From: m.Seq, Seq: m.Seq})
	}
	return hub.Outcome(o)
}

func (n *Session) send(m *hub.Message) engine.Outcome {
	return policy.Send(n.conn, m.Options.Slow, m.Frame(n.encoding()))
}

// hold returns what is held of a channel, new if there is nothing.
func (n *Session) hold(channel string) *hub.Hold {
	if h := n.holds[channel]; h != nil {
		return h
	}
	if n.holds == nil {
		n.holds = make(map[string]*hub.Hold, 1)
	}
	h := n.streams.holdsOn(n.conn.Loop()).Conflate()
	h.Owner = n
	n.holds[channel] = h
	return h
}

// joined gives a stream that offers no more than so many messages a second its rate.
func (n *Session) joined(j hub.Joined, channel string) {
	if j.Options.MaxHz > 0 && j.Options.Slow == hub.SlowConflate {
		n.hold(channel).Limit(j.Options.MaxHz)
	}
}

// release lets go of what is held of a channel.
func (n *Session) release(channel string) {
	if h := n.holds[channel]; h != nil {
		h.Close()
		delete(n.holds, channel)
	}
	if len(n.holds) == 0 {
		n.holds = nil
	}
}

// releaseAll lets go of everything, when the connection has ended.
func (n *Session) releaseAll() {
	for channel := range n.holds {
		n.release(channel)
	}
}

// flush sends what h has, until there is no more room.
func (n *Session) flush(h *hub.Hold) (sent int) {
	for {
		m, s, ok := h.Next()
		if !ok {
			return sent
		}
		if o := n.send(m); o == engine.Dropped || o == engine.Closed {
			return sent
		}
		h.Sent(m, s)
		sent++
	}
}

// Drain is for engine.Handler.Drain: the client can take more, and gets the latest of what it was not sent.
func (s *Streams) Drain(c *engine.Conn) {
	n, ok := c.User().(*Session)
	if !ok || n.flushing {
		return
	}
	n.flushing = true // what is sent may find the socket empty, and call Drain
	for channel, h := range n.holds {
		n.flush(h)
		if h.Spare() {
			n.release(channel)
		}
	}
	n.flushing = false
}

// holdsOn returns what a loop's clients have not been sent.
func (s *Streams) holdsOn(l *engine.Loop) *hub.Holds {
	if v, ok := s.held.Load(l); ok {
		return v.(*hub.Holds)
	}
	h := hub.NewHolds(func() int64 { return int64(l.Now()) }, func(at int64) { l.TickAt(time.Duration(at)) })
	s.held.Store(l, h)
	return h
}

// tickHolds sends what windows that are over have kept back.
func (s *Streams) tickHolds(l *engine.Loop) {
	v, ok := s.held.Load(l)
	if !ok {
		return
	}
	holds := v.(*hub.Holds)
	holds.Tick(func(h *hub.Hold) (sent int) {
		n := h.Owner.(*Session)
		n.flushing = true // as in Drain
		sent = n.flush(h)
		n.flushing = false
		return sent
	})
	if holds.Empty() {
		s.held.Delete(l) // a loop that has ended must not be held
	}
}
