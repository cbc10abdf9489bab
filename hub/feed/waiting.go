package feed

import (
	"bytes"

	"github.com/weir-ws/weir/hub"
)

// maxLater bounds the requests of a session that wait for its joins. Joins take a turn of the
// loop, so only a client that sends and does not wait for answers while the loop is far behind
// ever meets it.
const maxLater = 1024

// waiting are the joins of a session that are under way.
//
// A request for a channel whose join is under way waits for it. Without that an unsubscribe that
// came in the same read as its subscribe would take the session out before the hub has told
// its place, and the subscribe would never be answered.
type waiting struct {
	joins map[string]*join // by channel
	later int              // requests in all the joins' later
}

// join is a subscribe on its way through the hub's queue.
type join struct {
	session *Session
	channel string
	id      []byte // JSON, nil: none
	rate    rate
	later   []deferred
	review  *review // not nil: the user was refreshed meanwhile
}

// deferred is a request that waits, or with verb 0 only its answer does.
type deferred struct {
	verb   verb
	id     []byte
	sub    subscription
	answer []byte
}

// keep copies what lies in a message that is about to die.
func keep(id []byte) []byte { return bytes.Clone(id) }

func (s *Session) wait(j *join) {
	w := &s.pass().waiting
	if w.joins == nil {
		w.joins = make(map[string]*join, 1)
	}
	w.joins[j.channel] = j
}

// waiting returns the joins under way, nil if there are none.
func (s *Session) waiting() *waiting {
	if s.rare == nil || s.rare.passing == nil || s.rare.passing.waiting.joins == nil {
		return nil
	}
	return &s.rare.passing.waiting
}

// waitNoMore forgets the joins under way.
func (s *Session) waitNoMore() {
	if w := s.waiting(); w != nil {
		*w = waiting{}
		s.lighten() // most sessions never subscribe again
	}
}

// underWay returns the join of channel that is under way, nil if there is none.
func (s *Session) underWay(channel string) *join {
	if w := s.waiting(); w != nil {
		return w.joins[channel]
	}
	return nil
}

// deferTo puts a request off until j has come in.
func (s *Session) deferTo(j *join, v verb, id []byte, sub subscription) *fault {
	if flt := s.crowded(); flt != nil {
		return flt
	}
	s.waiting().later++
	j.later = append(j.later, deferred{verb: v, id: keep(id), sub: sub})
	return nil
}

// crowded is why no more requests of s may wait, nil if they may.
func (s *Session) crowded() *fault {
	if s.waiting().later < maxLater {
		return nil
	}
	return &fault{CodeUnavailable, "too many requests wait for a subscription to take effect; wait for its answer"}
}

// joined runs on the loop at the place in the channel's order where the session comes in: the
// next message that it gets is the one after pos.
func (j *join) joined(at hub.Joined) {
	s := j.session
	s.arrived(j)
	if flt := s.welcome(j.channel, &at, j.rate, "", j.id); flt != nil {
		j.refuse(flt, at.Again)
	}
	j.answered()
}

// refuse takes the session out again, whoever else wanted it in, unless a pattern had told that it is in before: that goes on.
func (j *join) refuse(flt *fault, again bool) {
	s := j.session
	s.fail(flt, appendString(nil, j.channel), j.id)
	if again {
		_ = s.feed.hub.Leave(s.conn.Loop(), s, j.channel)
	} else {
		s.feed.hub.Revoke(s.conn.Loop(), s, j.channel)
	}
}

// answered sees to what has waited for the answer.
func (j *join) answered() {
	s := j.session
	if j.review != nil {
		s.recheck(j.channel, j.review.id)
	}
	for _, d := range j.later {
		if d.verb == 0 {
			s.answer(d.answer)
		} else if flt := s.try(d.verb, j.channel, d.id, d.sub); flt != nil {
			s.fail(flt, appendString(nil, j.channel), d.id)
		}
	}
}

// arrived takes j off the list.
func (s *Session) arrived(j *join) {
	w := s.waiting()
	if w == nil || w.joins[j.channel] != j {
		return
	}
	w.later -= len(j.later)
	delete(w.joins, j.channel)
	if len(w.joins) == 0 {
		s.waitNoMore()
	}
}
