package feed

import (
	"errors"
	"fmt"

	"github.com/weir-ws/weir/hub"
)

// pattern is a subscription to all channels of a pattern. The hub keeps it for as long as it lasts.
type pattern struct {
	session *Session
	text    string
	rate    rate // of each channel that can have one
}

// tryPattern is try for a name with a star.
func (s *Session) tryPattern(v verb, text string, id []byte, sub subscription) *fault {
	if v == verbUnsubscribe {
		return s.leavePattern(text, id)
	}
	if v == verbConfigure {
		return s.configure(text, sub, id)
	}
	if sub.since != nil {
		return &fault{CodeBadRequest, "since goes with the name of a channel, not with a pattern"}
	}
	p := &pattern{session: s, text: text, rate: sub.rate}
	o := hub.PatternOptions{Joined: p.joined, Refused: p.refused}
	if s.feed.cfg.Permit != nil {
		o.Filter = p.permitted
	}
	if err := s.feed.hub.JoinPattern(s.conn.Loop(), s, text, o); err != nil {
		return noPattern(err)
	}
	var room [answerRoom]byte
	s.answer(appendPattern(room[:0], `{"type":"subscribed"`, text, id))
	return nil
}

// leavePattern tells of each channel that it ends before it tells that it is done.
func (s *Session) leavePattern(text string, id []byte) *fault {
	left, err := s.feed.hub.LeavePattern(s.conn.Loop(), s, text)
	if err != nil {
		if err := hub.ValidatePattern(text); err != nil {
			return noPattern(err)
		}
		return &fault{CodeNotSubscribed, "this connection is not subscribed to the pattern"}
	}
	var room [answerRoom]byte
	for _, channel := range left {
		s.forget(channel)
		s.answer(appendEnded(room[:0], channel, text))
	}
	s.answer(appendPattern(room[:0], `{"type":"unsubscribed"`, text, id))
	return nil
}

// permitted is asked about each channel. The user is the one of that moment: a refresh may have changed it.
func (p *pattern) permitted(channel string) bool {
	return p.session.feed.cfg.Permit(p.session.User(), channel)
}

// joined runs on the loop where the session comes into a channel: now, or when the channel appears.
func (p *pattern) joined(channel string, at hub.Joined) {
	s := p.session
	flt := s.welcome(channel, &at, p.rate, p.text, nil)
	if flt == nil {
		return
	}
	s.feed.hub.Revoke(s.conn.Loop(), s, channel)
	s.forget(channel)
	j := s.underWay(channel)
	if j == nil {
		s.fail(flt, appendString(nil, channel), nil)
		return
	}
	// It is out, so the mark of the join will find nothing, and nobody would answer the request.
	s.arrived(j)
	s.fail(flt, appendString(nil, channel), j.id)
	j.answered()
}

// refused runs on the loop like joined, never before the answer to the subscribe is out.
func (p *pattern) refused(channel string, err error) {
	p.session.fail(notJoined(err), appendString(nil, channel), nil)
}

func noPattern(err error) *fault {
	switch {
	case errors.Is(err, hub.ErrPattern):
		return badChannel(err)
	case errors.Is(err, hub.ErrAlreadyJoined):
		return &fault{CodeAlreadySubscribed, "this connection is subscribed to the pattern already"}
	case errors.Is(err, hub.ErrTooManyPatterns):
		return &fault{CodeTooManyChannels, fmt.Sprintf("this connection has %d patterns, as many as it may have; unsubscribe from one first", hub.MaxPatternsPerMember)}
	}
	return notJoined(err)
}

// held says which pattern keeps the session in a channel that it has unsubscribed from; "": none.
func (s *Session) held(channel string) string {
	text, _ := s.feed.hub.HeldBy(s.conn.Loop(), s, channel)
	return text
}
