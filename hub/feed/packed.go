package feed

import (
	"unicode/utf8"

	"github.com/tinylib/msgp/msgp"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed/msgpack"
)

// The first element of a packed message says what it is.
const (
	packedIsMessage  = 0
	packedIsSnapshot = 1
)

// pack writes a message as an array: kind, channel, seq, ts, data, and, if there are any, the other fields as a map with their names in
// JSON.
func (e *envelope) pack(dst []byte, m *hub.Message, sp hub.Span) []byte {
	more := e.others(m, sp)
	elements, kind := uint32(5), uint64(packedIsMessage)
	if more > 0 {
		elements++
	}
	if e.shown {
		kind = packedIsSnapshot
	}
	dst = msgp.AppendArrayHeader(dst, elements)
	dst = msgp.AppendUint64(dst, kind)
	dst = msgp.AppendString(dst, m.Channel)
	dst = msgp.AppendUint64(dst, m.Seq)
	dst = packInt(dst, m.Time)
	dst = packData(dst, m)
	if more > 0 {
		dst = e.packOthers(msgp.AppendMapHeader(dst, more), m, sp)
	}
	return dst
}

// others counts what packOthers writes.
func (e *envelope) others(m *hub.Message, sp hub.Span) (n uint32) {
	for _, there := range [...]bool{
		e.now != nil && m.Recv != 0, e.now != nil, m.Key != "",
		!e.shown && m.Renewed, !e.shown && !sp.Alone(), !e.shown && (m.Gap || sp.Gap), !e.shown && m.Snapshot,
	} {
		if there {
			n++
		}
	}
	return n
}

func (e *envelope) packOthers(dst []byte, m *hub.Message, sp hub.Span) []byte {
	if !e.shown {
		if m.Renewed {
			dst = msgp.AppendString(msgp.AppendString(dst, "epoch"), m.Epoch)
		}
		switch {
		case sp.Alone():
		case sp.Dropped:
			dst = msgp.AppendUint64(msgp.AppendString(dst, "dropped"), sp.Seq-sp.From)
		default:
			dst = msgp.AppendUint64(msgp.AppendString(dst, "from"), sp.From)
		}
	}
	if e.now != nil {
		if m.Recv != 0 {
			dst = packInt(msgp.AppendString(dst, "recv"), m.Recv)
		}
		dst = packInt(msgp.AppendString(dst, "sent"), m.Sent(e.now))
	}
	if m.Key != "" {
		dst = packKey(msgp.AppendString(dst, "key"), m.Key)
	}
	if (m.Gap || sp.Gap) && !e.shown {
		dst = msgp.AppendBool(msgp.AppendString(dst, "gap"), true)
	}
	if m.Snapshot && !e.shown {
		dst = msgp.AppendBool(msgp.AppendString(dst, "snapshot"), true)
	}
	return dst
}

// packInt writes the shortest form, of unsigned ones too.
func packInt(dst []byte, n int64) []byte {
	if n < 0 {
		return msgp.AppendInt64(dst, n)
	}
	return msgp.AppendUint64(dst, uint64(n))
}

// packKey mends what is no UTF-8, as encoding/json does for the other form.
func packKey(dst []byte, key string) []byte {
	if !utf8.ValidString(key) {
		key = string([]rune(key))
	}
	return msgp.AppendString(dst, key)
}

// packData writes JSON as the value that it is, and binary data as it is.
func packData(dst []byte, m *hub.Message) []byte {
	switch {
	case m.Op == frame.OpBinary:
		return msgp.AppendBytes(dst, m.Data)
	case len(m.Data) == 0:
		return msgp.AppendNil(dst)
	}
	return packJSON(dst, m.Data)
}

// packJSON writes text as the value that it is. Text that is not JSON, because whoever published it with [Feed.PublishValid] was
// wrong, becomes bin: a client can see what it was, and can read what follows.
func packJSON(dst, text []byte) []byte {
	dst, ok := msgpack.AppendJSON(dst, text)
	if !ok {
		dst = msgp.AppendBytes(dst, text)
	}
	return dst
}
