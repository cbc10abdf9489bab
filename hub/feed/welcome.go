package feed

import (
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// welcome answers a subscription and sends what was before it: the state, then the messages behind that. It runs at the session's place in
// the channel's order, so what is delivered afterwards follows without a gap.
func (s *Session) welcome(channel string, at *hub.Joined, r rate, pattern string, id []byte) {
	hz := r.within(at.Options)
	s.forget(channel) // if it was subscribed to before, by a pattern: the account begins anew
	var room [answerRoom]byte
	s.answer(appendSubscribed(room[:0], channel, at, hz, pattern, id))
	s.limit(channel, at.Options, hz)
	for _, m := range at.Snapshot {
		if !s.must(m.Frame(s.feed.shown)) {
			return
		}
	}
	for _, m := range at.Replay {
		if s.Deliver(m) == hub.Closed {
			return
		}
	}
}

// must sends what a client was promised, past the high watermark if need be; false: the connection is closed, perhaps because that
// took it to the hard limit.
func (s *Session) must(m *frame.Message) bool {
	return s.conn.SendUnder(engine.PolicyQueue, m) != engine.Closed
}
