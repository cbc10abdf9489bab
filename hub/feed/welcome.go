package feed

import (
	"fmt"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
)

// welcome answers a subscription and sends what was before it: the state, then the messages behind that. It runs at the session's place in
// the channel's order, so what is delivered afterwards follows without a gap. All of it goes out or nothing does: with a fault, the session
// has been told nothing, and must be taken out of the channel.
func (s *Session) welcome(channel string, at *hub.Joined, r rate, pattern string, id []byte) *fault {
	size, fits := s.weigh(at)
	if !fits && at.Recovered {
		anew := at.Newcomer()
		at = &anew
		size, fits = s.weigh(at)
	}
	if !fits {
		return s.noRoom(size)
	}
	hz := r.within(at.Options)
	s.forget(channel) // if it was subscribed to before, by a pattern: the account begins anew
	var room [answerRoom]byte
	s.answer(appendSubscribed(room[:0], channel, at, hz, pattern, id))
	s.limit(channel, at.Options, hz)
	for _, m := range at.Snapshot {
		if s.queue(m.Frame(Shown)) == engine.Closed {
			return nil
		}
	}
	for _, m := range at.Replay {
		if s.replay(m) == hub.Closed {
			return nil
		}
	}
	return nil
}

// replay sends a message from before. A client that wants everything has been promised it, slow or not; one with a rate gets what its rate
// makes of it.
func (s *Session) replay(m *hub.Message) hub.Outcome {
	if sl := s.slowed(); sl != nil && sl.find(m.Channel) != nil {
		return s.Deliver(m)
	}
	return hub.Outcome(s.queue(m.Frame(Encoding)))
}

// weigh tells whether all that at shows may wait unsent behind what does already; size, in bytes, is that of the part which was looked at.
func (s *Session) weigh(at *hub.Joined) (size int, fits bool) {
	if len(at.Snapshot)+len(at.Replay) == 0 {
		return 0, true
	}
	most := s.conn.Room() - answerRoom
	for _, m := range at.Snapshot {
		if size += m.Frame(Shown).Len(); size > most {
			return size, false
		}
	}
	for _, m := range at.Replay {
		if size += m.Frame(Encoding).Len(); size > most {
			return size, false
		}
	}
	return size, true
}

func (s *Session) noRoom(size int) *fault {
	unread := s.conn.Buffered()
	most := s.conn.Room() + unread
	if size > most-answerRoom {
		return &fault{CodeUnavailable, fmt.Sprintf("the channel's state has more than the %d bytes that a connection may have waiting; the server's operator must raise its hard limit", most)}
	}
	return &fault{CodeUnavailable, fmt.Sprintf("the channel's state does not fit behind the %d bytes that this client has not read yet; read them, then subscribe again", unread)}
}
