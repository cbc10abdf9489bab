package feed

import (
	"fmt"
	"strconv"

	"github.com/weir-ws/weir/hub"
)

// maxEpoch is the longest epoch, in bytes, that a client may come back with; hub.Position has 24.
const maxEpoch = 64

// subscription is how a client wants a channel.
type subscription struct {
	since *hub.Position // where it was; nil: it is new
	rate  rate
}

// subscription reads the fields of a subscribe request that are about how.
func (t *taken) subscription() (s subscription, flt *fault) {
	if s.rate, flt = t.rate(); flt != nil || t.since == nil {
		return s, flt
	}
	if t.channel == nil {
		return s, &fault{CodeBadRequest, "since goes with channel, not with channels; every channel has a place of its own"}
	}
	s.since, flt = position(t.since)
	return s, flt
}

// position reads {"epoch":"E","seq":41}. Other fields are ignored, so that a client may send back what it was told.
func position(p []byte) (*hub.Position, *fault) {
	bad := &fault{CodeBadRequest, fmt.Sprintf("since must be an object with epoch, a string of at most %d bytes, and seq, a whole number", maxEpoch)}
	if p[0] != '{' {
		return nil, bad
	}
	var at hub.Position
	var haveEpoch, haveSeq bool
	for key, value := range fields(p) {
		switch string(unquoteKey(key)) {
		case "epoch":
			if haveEpoch || value[0] != '"' || len(value) > maxEpoch+2 {
				return nil, bad
			}
			at.Epoch, haveEpoch = unquote(value), true
		case "seq":
			n, err := strconv.ParseUint(string(value), 10, 64)
			if haveSeq || err != nil {
				return nil, bad
			}
			at.Seq, haveSeq = n, true
		}
	}
	if !haveEpoch || !haveSeq {
		return nil, bad
	}
	return &at, nil
}
