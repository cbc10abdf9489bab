package feed

import (
	"encoding/json"
	"strconv"

	"github.com/weir-ws/weir/hub"
)

// The answers are put together by hand: their parts are names out of the hub's alphabet,
// JSON that came in valid, and texts of this package. None of it needs escaping but the texts.

// answerRoom is what an answer needs on the stack: all but those with very long names fit.
const answerRoom = 384

// appendSubscribed tells of a subscription; pattern is what has made it, "" if a request for the channel has.
func appendSubscribed(dst []byte, channel string, at *hub.Joined, hz float64, pattern string, id []byte) []byte {
	dst = appendPosition(dst, `{"type":"subscribed","channel":"`, channel, at.Position)
	if at.Resumed {
		dst = append(dst, `,"recovered":`...)
		dst = strconv.AppendBool(dst, at.Recovered)
	}
	if n := len(at.Snapshot); n > 0 {
		dst = append(dst, `,"snapshot":`...)
		dst = strconv.AppendInt(dst, int64(n), 10)
	}
	if hz > 0 {
		dst = append(dst, `,"maxHz":`...)
		dst = strconv.AppendFloat(dst, hz, 'f', -1, 64)
	}
	if p := at.Options.Slow; p != hub.SlowDefault {
		dst = appendField(dst, `,"policy":"`, p.String())
	}
	if pattern != "" {
		dst = appendField(dst, `,"pattern":"`, pattern)
	}
	return appendEnd(dst, id)
}

func appendPublished(dst []byte, channel string, pos hub.Position, id []byte) []byte {
	return appendEnd(appendPosition(dst, `{"type":"published","channel":"`, channel, pos), id)
}

func appendPosition(dst []byte, head, channel string, pos hub.Position) []byte {
	dst = append(append(dst, head...), channel...)
	dst = append(dst, `","epoch":"`...)
	dst = append(dst, pos.Epoch...)
	dst = append(dst, `","seq":`...)
	return strconv.AppendUint(dst, pos.Seq, 10)
}

// appendUnsubscribed answers unsubscribe; kept is a pattern that the connection has the channel by all the same, or "".
func appendUnsubscribed(dst []byte, channel, kept string, id []byte) []byte {
	dst = appendField(dst, `{"type":"unsubscribed","channel":"`, channel)
	if kept != "" {
		dst = appendField(dst, `,"kept":"`, kept)
	}
	return appendEnd(dst, id)
}

// appendEnded tells of a subscription that has ended with the pattern that had made it.
func appendEnded(dst []byte, channel, pattern string) []byte {
	dst = appendField(dst, `{"type":"unsubscribed","channel":"`, channel)
	return append(appendField(dst, `,"pattern":"`, pattern), '}')
}

// appendPattern answers a request for a pattern.
func appendPattern(dst []byte, head, pattern string, id []byte) []byte {
	return appendEnd(appendField(append(dst, head...), `,"pattern":"`, pattern), id)
}

// appendField appends key, up to the quote of its value, and value, which needs no escaping.
func appendField(dst []byte, key, value string) []byte {
	return append(append(append(dst, key...), value...), '"')
}

// appendRevoked tells of a subscription that a refresh has ended.
func appendRevoked(dst []byte, channel string, id []byte) []byte {
	dst = append(dst, `{"type":"unsubscribed","channel":"`...)
	dst = append(dst, channel...)
	dst = append(dst, `","code":"`...)
	dst = append(dst, CodeForbidden...)
	dst = append(dst, `","message":"the new token does not allow this channel"`...)
	return appendEnd(dst, id)
}

// appendRefreshed tells when the session ends, in seconds since 1970; 0: never.
func appendRefreshed(dst []byte, expires int64, id []byte) []byte {
	dst = append(dst, `{"type":"refreshed","expires":`...)
	return appendEnd(strconv.AppendInt(dst, expires, 10), id)
}

func appendPong(dst, id []byte) []byte {
	return appendEnd(append(dst, `{"type":"pong"`...), id)
}

// appendError repeats name, a JSON string or nil, as the client wrote it if it is no longer than a legal
// name: an answer must not grow with what came in.
func appendError(dst []byte, flt *fault, name, id []byte) []byte {
	dst = append(dst, `{"type":"error","code":"`...)
	dst = append(dst, flt.code...)
	dst = append(dst, `","message":`...)
	dst = appendString(dst, flt.message)
	if name != nil && len(name) <= MaxChannelEcho+2 {
		dst = append(dst, `,"channel":`...)
		dst = append(dst, name...)
	}
	return appendEnd(dst, id)
}

func appendEnd(dst, id []byte) []byte {
	if id != nil {
		dst = append(dst, `,"id":`...)
		dst = append(dst, id...)
	}
	return append(dst, '}')
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			q, _ := json.Marshal(s) // a string always can be
			return append(dst, q...)
		}
	}
	dst = append(append(dst, '"'), s...)
	return append(dst, '"')
}
