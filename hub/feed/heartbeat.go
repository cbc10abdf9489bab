package feed

import (
	"strconv"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
)

// Heartbeat implements [hub.HeartbeatMember]: it tells the position of a channel that is silent. One that finds no
// room is left out, and so is one for a client that has not got all there was before it.
func (s *Session) Heartbeat(m *hub.Message) hub.Outcome {
	if sl := s.slowed(); sl != nil {
		if h := sl.find(m.Channel); h != nil && h.Behind() {
			return hub.Sent
		}
	}
	return hub.Outcome(s.conn.SendUnder(engine.PolicyRefuse, m.Frame(s.feed.message)))
}

func (e *envelope) appendHeartbeat(dst []byte, m *hub.Message) []byte {
	if e.packed {
		var room [answerRoom]byte
		return packJSON(dst, jsonMessage.appendHeartbeat(room[:0], m))
	}
	dst = append(dst, `{"type":"heartbeat","channel":"`...)
	dst = append(dst, m.Channel...)
	dst = append(dst, `","seq":`...)
	dst = strconv.AppendUint(dst, m.Seq, 10)
	dst = append(dst, `,"ts":`...)
	dst = strconv.AppendInt(dst, m.Time, 10)
	return append(dst, '}')
}
