package feed

import (
	"errors"
	"strings"

	"github.com/weir-ws/weir/engine"
)

// badToken says what is wrong with the token of a refresh request as JSON.
func (t *taken) badToken() *fault {
	switch {
	case t.token == nil:
		return &fault{CodeBadRequest, "token is missing"}
	case t.token[0] != '"':
		return &fault{CodeBadRequest, "token must be a string"}
	}
	return nil
}

// refresh carries out a refresh request: the user is another value from here on.
func (s *Session) refresh(req *request) {
	f := s.feed
	if f.cfg.Refresh == nil || s.User() == nil {
		s.fail(&fault{CodeNotPermitted, "this connection has no token that could be refreshed"}, nil, req.id)
		return
	}
	user, err := f.cfg.Refresh(s.User(), unquote(req.token))
	if err != nil || user == nil {
		s.fail(refused(err), nil, req.id)
		return
	}
	s.rare.user = user
	end := s.lend()
	s.reviewAll(req.id)
	var room [answerRoom]byte
	s.answer(appendRefreshed(room[:0], end/1000, req.id))
}

// refused is what a client is told of an error of Config.Refresh.
func refused(err error) *fault {
	var he *engine.HTTPError
	if errors.As(err, &he) && he.Body != "" {
		return &fault{CodeUnauthorized, strings.TrimSpace(he.Body)}
	}
	return &fault{CodeUnauthorized, "the token is refused"}
}

// review is a look at a subscription that has to wait until its join has come in, because only then the answer
// to the subscribe is out.
type review struct{ id []byte }

// reviewAll ends the subscriptions that the user, who has changed, may not have.
func (s *Session) reviewAll(id []byte) {
	if s.feed.cfg.Permit == nil {
		return
	}
	var all []string
	for channel := range s.in.Channels() {
		all = append(all, channel)
	}
	for _, channel := range all {
		if j := s.underWay(channel); j != nil {
			j.review = &review{keep(id)}
		} else {
			s.recheck(channel, id)
		}
	}
	s.feed.hub.SearchPatterns(s.conn.Loop(), s) // the user may have more than before
}

// recheck ends one subscription if the user may not have it, whoever has made it.
func (s *Session) recheck(channel string, id []byte) {
	if s.feed.cfg.Permit(s.User(), channel) {
		return
	}
	told := s.feed.hub.Revoke(s.conn.Loop(), s, channel)
	s.forget(channel)
	if told { // one that its pattern has not told of yet ends in silence
		var room [answerRoom]byte
		s.answer(appendRevoked(room[:0], channel, id))
	}
}
