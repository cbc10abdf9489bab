package feed

import (
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// welcome answers a subscription and sends what was before it: the state, then the messages behind that. It runs at the session's place in
// the channel's order, so what is delivered afterwards follows without a gap.
func (s *Session) welcome(channel string, at *hub.Joined, pattern string, id []byte) {
	var room [answerRoom]byte
	s.answer(appendSubscribed(room[:0], channel, at, pattern, id))
	for _, m := range at.Snapshot {
		if !s.must(m.Frame(Shown)) {
			return
		}
	}
	for _, m := range at.Replay {
		if s.Deliver(m) == hub.Closed {
			return
		}
	}
}

// must sends what a client was promised, and closes the connection if there is no room for it; false: it is closed.
func (s *Session) must(m *frame.Message) bool {
	switch s.conn.SendMessage(m) {
	case engine.Closed:
		return false
	case engine.Dropped:
		s.feed.evictions.Add(1)
		s.conn.Close(frame.StatusTryAgainLater, "slow consumer: no room for the state of a channel")
		return false
	}
	return true
}
