package feed

import (
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub/internal/lease"
)

// StatusExpired is the close code of a connection whose time by Config.Expires is over: 3000, which IANA's
// registry of RFC 6455 11.7 has as "Unauthorized". The feed closes with it for nothing else.
const StatusExpired = frame.StatusUnauthorized

// lend starts or changes the session's time according to its user; it returns its end in ms since 1970, 0 for none.
func (s *Session) lend() (ms int64) {
	f, user := s.feed, s.User()
	if f.cfg.Expires == nil || user == nil {
		return 0
	}
	at := f.cfg.Expires(user)
	if at.IsZero() {
		s.giveBack()
		return 0
	}
	s.rare.lease, ms = f.leases.Lend(s.conn.Loop(), s.rare.lease, s, at)
	return ms
}

// giveBack ends the lease, if there is one; the session goes on.
func (s *Session) giveBack() {
	if s.rare != nil {
		s.feed.leases.GiveBack(s.conn.Loop(), s.rare.lease)
		s.rare.lease = nil
	}
}

// Tick is for engine.Handler.Tick: it sends what was held for a rate, and closes the connections whose time is over.
func (f *Feed) Tick(l *engine.Loop) {
	if v, ok := f.slow.Load(l); ok {
		v.(*slowLoop).tick()
	}
	f.leases.Tick(l, f.cfg.Now, (*Session).expire)
}

// over reports whether the session's time is.
func (s *Session) over() bool {
	return s.rare != nil && s.rare.lease != nil && s.rare.lease.Over(s.feed.cfg.Now())
}

// expire closes the connection because its time is over.
func (s *Session) expire() {
	s.giveBack()
	s.feed.expired.Add(1)
	s.conn.Close(StatusExpired, "the token has expired")
}

// sessionLease is what Session.rare points to.
type sessionLease = lease.Lease[*Session]
