package feed

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/weir-ws/weir/hub"
)

// rate is what a client has said about maxHz; given is false if it said nothing.
type rate struct {
	hz    float64
	given bool
}

// rate reads maxHz.
func (t *taken) rate() (r rate, flt *fault) {
	if t.maxHz == nil {
		return r, nil
	}
	hz, err := strconv.ParseFloat(string(t.maxHz), 64)
	if err != nil || hz != 0 && (hz < hub.MinRate || hz > hub.MaxRate) || bytes.IndexByte([]byte(`"tfn[{`), t.maxHz[0]) >= 0 {
		return r, &fault{CodeBadRequest, fmt.Sprintf("maxHz must be 0 or a number from %v to %v", hub.MinRate, hub.MaxRate)}
	}
	return rate{hz, true}, nil
}

// within returns the rate that a member of a channel gets: the lower of what it wants and what the channel offers; 0: no limit.
func (r rate) within(o *hub.ChannelOptions) float64 {
	switch {
	case o.Slow != hub.SlowConflate:
		return 0
	case r.hz == 0 || o.MaxHz > 0 && o.MaxHz < r.hz:
		return o.MaxHz
	}
	return r.hz
}

// possible says why a channel cannot have a rate.
func (r rate) possible(o *hub.ChannelOptions) *fault {
	if r.hz > 0 && o.Slow != hub.SlowConflate {
		return &fault{CodeNotConflated, "maxHz is for channels whose values may be left out; this one has the policy " + o.Slow.String()}
	}
	return nil
}

// limit gives the session's membership of channel a rate; 0: none. It is known to be conflated if hz is not 0.
func (s *Session) limit(channel string, o *hub.ChannelOptions, hz float64) {
	var h *held
	if sl := s.slowed(); sl != nil {
		h = sl.find(channel)
	}
	switch {
	case h == nil && hz == 0:
		return
	case h == nil:
		h = s.holdFor(channel, o)
	}
	h.Limit(hz)
	h.flush()
	if sl := s.slowed(); sl != nil && h.Spare() && sl.find(channel) == h {
		s.letGo(h)
	}
}

// configure carries out a configure request for one channel.
func (s *Session) configure(channel string, sub subscription, id []byte) *fault {
	if hub.IsPattern(channel) {
		return &fault{CodeBadRequest, "configure takes the name of a channel, not a pattern"}
	}
	if !s.isIn(channel) {
		return notLeft(channel)
	}
	o := s.feed.hub.OptionsOf(channel)
	if flt := sub.rate.possible(o); flt != nil {
		return flt
	}
	hz := sub.rate.within(o)
	var room [answerRoom]byte
	s.answer(appendConfigured(room[:0], channel, hz, id))
	s.limit(channel, o, hz)
	return nil
}

func (s *Session) isIn(channel string) bool {
	for name := range s.in.Channels() {
		if name == channel {
			return true
		}
	}
	return false
}

// appendConfigured tells the rate that is in force; 0: no limit.
func appendConfigured(dst []byte, channel string, hz float64, id []byte) []byte {
	dst = appendField(dst, `{"type":"configured","channel":"`, channel)
	dst = append(dst, `,"maxHz":`...)
	return appendEnd(strconv.AppendFloat(dst, hz, 'f', -1, 64), id)
}
