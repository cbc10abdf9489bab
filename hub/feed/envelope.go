package feed

import (
	"encoding/base64"
	"strconv"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// Encoding writes a message as the protocol's "message". All feeds of a hub share it, so that a
// message is encoded once. The data of a text message must be valid JSON, as [Feed.Publish] sees
// to; it goes out as it is. The data of a binary message becomes a string in base64 (RFC 4648 4).
// No data at all becomes null.
var Encoding hub.Encoding = &envelope{}

// envelope is not of size zero, because pointers to distinct variables of size zero may be
// equal, and hub.Message tells encodings apart by their pointers.
type envelope struct{ _ byte }

func (*envelope) Op(*hub.Message) frame.Op { return frame.OpText }

// Append needs no escaping: nothing in the hub's alphabet of channel names does.
func (*envelope) Append(dst []byte, m *hub.Message) []byte {
	dst = append(dst, `{"type":"message","channel":"`...)
	dst = append(dst, m.Channel...)
	dst = append(dst, `","seq":`...)
	dst = strconv.AppendUint(dst, m.Seq, 10)
	dst = append(dst, `,"ts":`...)
	dst = strconv.AppendInt(dst, m.Time, 10)
	dst = append(dst, `,"data":`...)
	switch {
	case m.Op == frame.OpBinary:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, m.Data)
		dst = append(dst, '"')
	case len(m.Data) == 0:
		dst = append(dst, "null"...)
	default:
		dst = append(dst, m.Data...)
	}
	return append(dst, '}')
}
