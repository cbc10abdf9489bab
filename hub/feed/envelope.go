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

// Shown writes a message as the protocol's "snapshot": state from before a subscription, which is not part of its count.
var Shown hub.Encoding = &envelope{shown: true}

// envelope is of a size above zero, because pointers to distinct variables of size zero may be
// equal, and hub.Message tells encodings apart by their pointers.
type envelope struct{ shown bool }

func (*envelope) Op(*hub.Message) frame.Op { return frame.OpText }

// Append needs no escaping but for keys: nothing in the hub's alphabet of channel names does.
func (e *envelope) Append(dst []byte, m *hub.Message) []byte {
	if m.Heartbeat {
		return appendHeartbeat(dst, m)
	}
	if !e.shown {
		return appendMessage(dst, m, hub.Span{From: m.Seq - m.Lost, Seq: m.Seq, Dropped: true})
	}
	dst = append(dst, `{"type":"snapshot","channel":"`...)
	dst = append(dst, m.Channel...)
	dst = append(dst, `","seq":`...)
	dst = strconv.AppendUint(dst, m.Seq, 10)
	return appendRest(dst, m, true)
}

// appendMessage writes a message that accounts for sp.
func appendMessage(dst []byte, m *hub.Message, sp hub.Span) []byte {
	dst = append(dst, `{"type":"message","channel":"`...)
	dst = append(dst, m.Channel...)
	if m.Renewed {
		dst = append(append(dst, `","epoch":"`...), m.Epoch...)
	}
	dst = append(dst, `","seq":`...)
	dst = strconv.AppendUint(dst, m.Seq, 10)
	switch {
	case sp.Alone():
	case sp.Dropped:
		dst = append(dst, `,"dropped":`...)
		dst = strconv.AppendUint(dst, sp.Seq-sp.From, 10)
	default:
		dst = append(dst, `,"from":`...)
		dst = strconv.AppendUint(dst, sp.From, 10)
	}
	return appendRest(dst, m, false)
}

// appendRest writes what does not depend on what a message stands for.
func appendRest(dst []byte, m *hub.Message, shown bool) []byte {
	dst = append(dst, `,"ts":`...)
	dst = strconv.AppendInt(dst, m.Time, 10)
	if m.Key != "" {
		dst = appendString(append(dst, `,"key":`...), m.Key)
	}
	if m.Gap && !shown {
		dst = append(dst, `,"gap":true`...)
	}
	if m.Snapshot && !shown {
		dst = append(dst, `,"snapshot":true`...)
	}
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
