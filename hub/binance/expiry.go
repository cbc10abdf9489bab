package binance

import (
	"slices"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// limited are the sessions of one loop whose time is limited, in no order: there are few, and they are looked through once a second.
type limited struct {
	sessions []*Session
	looked   int64 // seconds since 1970
}

// limit notes when the session's time ends. It is called once, when the connection opens.
func (n *Session) limit() {
	s := n.streams
	if s.cfg.Expires == nil || n.user == nil {
		return
	}
	at := s.cfg.Expires(n.user)
	if at.IsZero() {
		return
	}
	n.ends = at.Unix()
	v, ok := s.limited.Load(n.conn.Loop())
	if !ok {
		v = new(limited)
		s.limited.Store(n.conn.Loop(), v)
	}
	l := v.(*limited)
	l.sessions = append(l.sessions, n)
}

// unlimit forgets the session.
func (n *Session) unlimit() {
	v, ok := n.streams.limited.Load(n.conn.Loop())
	if n.ends == 0 || !ok {
		return
	}
	l := v.(*limited)
	l.sessions = slices.DeleteFunc(l.sessions, func(x *Session) bool { return x == n })
	if len(l.sessions) == 0 {
		n.streams.limited.Delete(n.conn.Loop()) // a loop that has ended must not be held
	}
}

// Tick is for engine.Handler.Tick: it closes the connections whose time by Config.Expires is over, with 3000, and sends what streams
// with a highest rate have kept back.
func (s *Streams) Tick(l *engine.Loop) {
	s.tickHolds(l)
	v, ok := s.limited.Load(l)
	if !ok {
		return
	}
	list, now := v.(*limited), s.cfg.Now().Unix()
	if list.looked == now {
		return
	}
	list.looked = now
	for _, n := range slices.Clone(list.sessions) {
		if n.ends <= now {
			n.conn.Close(frame.StatusUnauthorized, "the token has expired")
		}
	}
}
