package feed

import (
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

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
