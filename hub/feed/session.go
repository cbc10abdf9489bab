package feed

import (
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
)

// Session is one client of a [Feed]: the member that its hub sees. It is the User of its
// connection, and belongs to that connection's loop.
//
// A node holds a million of them, idle most of the time: a test pins the size.
type Session struct {
	conn *engine.Conn // first and second, so that a delivery fetches one line of memory
	rare *rare        // nil unless one of its fields is needed
	feed *form
	in   hub.Memberships
}

// rare is what a session has only if there are users, or only for a while.
type rare struct {
	user    any
	lease   *sessionLease // nil unless the user's time is limited
	passing *passing      // nil unless one of its fields is needed
}

// passing is what a session has for a while only, user or not.
type passing struct {
	waiting waiting // empty unless a join is under way
	slow    *slow   // nil unless something is held
}

// pass returns it, new if need be.
func (s *Session) pass() *passing {
	if s.rare == nil {
		s.rare = new(rare)
	}
	if s.rare.passing == nil {
		s.rare.passing = new(passing)
	}
	return s.rare.passing
}

// lighten gives back what a session no longer needs: most have nothing special most of the time.
func (s *Session) lighten() {
	r := s.rare
	if r == nil {
		return
	}
	if p := r.passing; p != nil {
		if p.slow != nil && p.slow.idle() {
			p.slow = nil
		}
		if p.slow == nil && p.waiting.joins == nil {
			r.passing = nil
		}
	}
	if *r == (rare{}) {
		s.rare = nil
	}
}

// NewSession returns a session for a connection that is being accepted, for a handler that
// decides about handshakes itself: it goes into engine.Accept.User. user is what Config.Permit is
// asked about. It gets JSON, as [Subprotocol] has it, without times. Any goroutine may call it.
func (f *Feed) NewSession(user any) *Session { return f.plain().session(user) }

func (f *form) session(user any) *Session {
	s := &Session{feed: f}
	if user != nil {
		s.rare = &rare{user: user}
	}
	return s
}

// User returns the user, as Config.Authenticate or [Feed.NewSession] named it.
func (s *Session) User() any {
	if s.rare == nil {
		return nil
	}
	return s.rare.user
}

// Conn returns the connection; nil before [Feed.Open].
func (s *Session) Conn() *engine.Conn { return s.conn }

// Deliver implements [hub.Member].
func (s *Session) Deliver(m *hub.Message) hub.Outcome {
	if s.slowed() == nil && s.conn.SendFree(m.Frame(s.feed.message)) { // the way of a fan-out
		return hub.Sent
	}
	return s.deliverBy(m)
}

// DeliverRun implements [hub.RunMember].
func (s *Session) DeliverRun(r *hub.Run) bool {
	if sl := s.slowed(); sl != nil {
		if h := sl.find(r.Channel()); h != nil {
			return h.KeepRun(r)
		}
	}
	return s.conn.SendRun(r.Frames(s.feed.message))
}

// Memberships implements [hub.Member].
func (s *Session) Memberships() *hub.Memberships { return &s.in }
