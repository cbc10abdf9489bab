package feed

import (
	"encoding/base64"
	"strconv"
	"time"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// Encoding writes a message as the protocol's "message". All feeds of a hub share it, so that a
// message is encoded once. The data of a text message must be valid JSON, as [Feed.Publish] sees
// to; it goes out as it is. The data of a binary message becomes a string in base64 (RFC 4648 4).
// No data at all becomes null.
var Encoding hub.Encoding = jsonMessage

// Shown writes a message as the protocol's "snapshot": state from before a subscription, which is not part of its count.
var Shown hub.Encoding = jsonShown

var (
	jsonMessage   = &envelope{}
	jsonShown     = &envelope{shown: true}
	packedMessage = &envelope{packed: true}
	packedShown   = &envelope{packed: true, shown: true}
)

// envelope is one way to write messages.
type envelope struct {
	shown  bool             // as "snapshot"
	packed bool             // as MessagePack
	now    func() time.Time // with "recv" and "sent"; nil: without
}

// Op implements [hub.Encoding].
func (e *envelope) Op(*hub.Message) frame.Op {
	if e.packed {
		return frame.OpBinary
	}
	return frame.OpText
}

// Append implements [hub.Encoding].
func (e *envelope) Append(dst []byte, m *hub.Message) []byte {
	if m.Heartbeat {
		return e.appendHeartbeat(dst, m)
	}
	return e.appendSpan(dst, m, hub.Span{From: m.Seq - m.Lost, Seq: m.Seq, Dropped: true})
}

// appendSpan writes a message that accounts for sp, or shows a state, which accounts for nothing.
func (e *envelope) appendSpan(dst []byte, m *hub.Message, sp hub.Span) []byte {
	switch {
	case e.packed:
		return e.pack(dst, m, sp)
	case e.shown:
		return e.appendShown(dst, m)
	}
	return e.appendMessage(dst, m, sp)
}

// JSON needs no escaping but for keys: nothing in the hub's alphabet of channel names does.

func (e *envelope) appendShown(dst []byte, m *hub.Message) []byte {
	dst = append(dst, `{"type":"snapshot","channel":"`...)
	dst = append(dst, m.Channel...)
	dst = append(dst, `","seq":`...)
	dst = strconv.AppendUint(dst, m.Seq, 10)
	return e.appendRest(dst, m, false)
}

func (e *envelope) appendMessage(dst []byte, m *hub.Message, sp hub.Span) []byte {
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
	return e.appendRest(dst, m, m.Gap || sp.Gap)
}

// appendRest writes what is the same whatever a message stands for, but for the gap.
func (e *envelope) appendRest(dst []byte, m *hub.Message, gap bool) []byte {
	dst = append(dst, `,"ts":`...)
	dst = strconv.AppendInt(dst, m.Time, 10)
	if e.now != nil {
		if m.Recv != 0 {
			dst = strconv.AppendInt(append(dst, `,"recv":`...), m.Recv, 10)
		}
		dst = strconv.AppendInt(append(dst, `,"sent":`...), m.Sent(e.now), 10)
	}
	if m.Key != "" {
		dst = appendString(append(dst, `,"key":`...), m.Key)
	}
	if gap {
		dst = append(dst, `,"gap":true`...)
	}
	if m.Snapshot && !e.shown {
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
