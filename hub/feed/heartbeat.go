package feed

import (
	"strconv"

	"github.com/weir-ws/weir/hub"
)

// Heartbeat implements [hub.HeartbeatMember]: it tells the position of a channel that is silent. One that finds no
// room is left out, as a message is.
func (s *Session) Heartbeat(m *hub.Message) hub.Outcome {
	return hub.Outcome(s.conn.SendMessage(m.Frame(Encoding)))
}

func appendHeartbeat(dst []byte, m *hub.Message) []byte {
	dst = append(dst, `{"type":"heartbeat","channel":"`...)
	dst = append(dst, m.Channel...)
	dst = append(dst, `","seq":`...)
	dst = strconv.AppendUint(dst, m.Seq, 10)
	dst = append(dst, `,"ts":`...)
	dst = strconv.AppendInt(dst, m.Time, 10)
	return append(dst, '}')
}
