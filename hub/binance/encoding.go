package binance

import (
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// Combined writes a message as {"stream":NAME,"data":PAYLOAD}. The payload must be JSON. Payloads by themselves are raw.Encoding.
var Combined hub.Encoding = &combined{}

// combined is of a size above zero, because pointers to distinct variables of size zero may be equal.
type combined struct{ _ byte }

func (*combined) Op(*hub.Message) frame.Op { return frame.OpText }

// Append needs no escaping: nothing in the hub's alphabet of channel names does.
func (*combined) Append(dst []byte, m *hub.Message) []byte {
	dst = append(dst, `{"stream":"`...)
	dst = append(dst, m.Channel...)
	dst = append(dst, `","data":`...)
	if len(m.Data) == 0 {
		dst = append(dst, "null"...)
	}
	dst = append(dst, m.Data...)
	return append(dst, '}')
}
