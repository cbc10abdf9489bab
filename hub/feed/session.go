package feed

import (
	"errors"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
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

// request carries out one message of the client.
func (s *Session) request(p []byte) {
	if s.over() {
		s.expire() // the tick that does it is late
		return
	}
	req, flt := parse(p, s.feed.cfg.MaxRequest)
	if flt != nil {
		s.fail(flt, nil, req.id)
		return
	}
	switch req.verb {
	case verbPing:
		var room [answerRoom]byte
		s.answer(appendPong(room[:0], req.id))
	case verbPublish:
		s.publish(&req)
	case verbRefresh:
		s.refresh(&req)
	default:
		v, id, sub := req.verb, req.id, req.subscription // the loop's body is a func: what it takes of req itself would be on the heap
		for name := range names(req.channels) {
			s.do(v, name, id, sub)
		}
	}
}

// do subscribes or unsubscribes to one channel. name is a JSON string and, like id, is kept by nobody.
func (s *Session) do(v verb, name, id []byte, sub subscription) {
	channel := unquote(name)
	if flt := s.try(v, channel, id, sub); flt != nil {
		if flt.code != CodeBadChannel {
			name = appendString(nil, channel) // as every other answer spells it
		}
		s.fail(flt, name, id)
	}
}

func (s *Session) try(v verb, channel string, id []byte, sub subscription) *fault {
	if hub.IsPattern(channel) {
		return s.tryPattern(v, channel, id, sub)
	}
	if j := s.underWay(channel); j != nil {
		return s.deferTo(j, v, id, sub)
	}
	switch v {
	case verbUnsubscribe:
		return s.unsubscribe(channel, id)
	case verbConfigure:
		return s.configure(channel, sub, id)
	}
	if flt := s.feed.allow(s.User(), channel); flt != nil {
		return flt
	}
	if sub.rate.hz > 0 {
		if flt := sub.rate.possible(s.feed.hub.OptionsOf(channel)); flt != nil {
			return flt
		}
	}
	j := &join{session: s, channel: channel, id: keep(id), rate: sub.rate}
	if err := s.feed.hub.Join(s.conn.Loop(), s, channel, hub.JoinOptions{
		Since: sub.since, MaxReplay: s.feed.cfg.MaxReplay, Joined: j.joined,
	}); err != nil {
		return notJoined(err)
	}
	s.wait(j)
	return nil
}

func (s *Session) unsubscribe(channel string, id []byte) *fault {
	if err := s.feed.hub.Leave(s.conn.Loop(), s, channel); err != nil {
		return notLeft(channel)
	}
	kept := s.held(channel)
	if kept == "" {
		s.forget(channel)
	}
	var room [answerRoom]byte
	s.answer(appendUnsubscribed(room[:0], channel, kept, id))
	return nil
}

// allow says why user may not have channel; nil: it may, or the name is one the hub will refuse.
func (f *Feed) allow(user any, channel string) *fault {
	if err := hub.ValidateChannel(channel); err != nil {
		return badChannel(err)
	}
	if f.cfg.Permit != nil && !f.cfg.Permit(user, channel) {
		return &fault{CodeForbidden, "you may not subscribe to this channel"}
	}
	return f.unknown(channel)
}

func (f *Feed) unknown(channel string) *fault {
	if f.cfg.Known != nil && !f.cfg.Known(channel) {
		return &fault{CodeUnknownChannel, "there is no such channel"}
	}
	return nil
}

func badChannel(err error) *fault {
	if ce := (*hub.ChannelError)(nil); errors.As(err, &ce) {
		err = ce.Err
	}
	return &fault{CodeBadChannel, err.Error()}
}

func notLeft(channel string) *fault {
	if err := hub.ValidateChannel(channel); err != nil {
		return badChannel(err)
	}
	return &fault{CodeNotSubscribed, "this connection is not subscribed to the channel"}
}

func notJoined(err error) *fault {
	switch {
	case errors.Is(err, hub.ErrAlreadyJoined):
		return &fault{CodeAlreadySubscribed, "this connection is subscribed to the channel already"}
	case errors.Is(err, hub.ErrTooManyChannels):
		return &fault{CodeTooManyChannels, "this connection has as many channels as it may have; unsubscribe from one first"}
	case errors.Is(err, hub.ErrChannelName):
		return badChannel(err)
	}
	return &fault{CodeUnavailable, "the server takes no subscriptions now; try again later"}
}

// fail answers with an error. name and id are JSON, or nil.
func (s *Session) fail(flt *fault, name, id []byte) {
	s.feed.errors.Add(1)
	if flt.code == CodeTooManyChannels {
		s.feed.overLimit.Add(1)
	}
	var room [answerRoom]byte
	s.answer(appendError(room[:0], flt, name, id))
}

// answer sends an answer in JSON, or what that is in the session's encoding. It must not be left out: a client would wait for it for ever.
func (s *Session) answer(p []byte) {
	var room [answerRoom]byte
	op, p := s.feed.write(room[:0], p)
	if sl := s.slowed(); sl != nil && sl.queued {
		// What is above the high watermark is messages that must not be left out either. Both end at the hard limit.
		s.conn.SendUnder(engine.PolicyQueue, frame.NewMessage(op, p))
		return
	}
	if s.conn.Send(op, p) == engine.Dropped {
		s.feed.evictions.Add(1)
		s.conn.Close(frame.StatusTryAgainLater, "slow consumer: no room for an answer")
	}
}
