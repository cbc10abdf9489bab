package feed

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/weir-ws/weir/hub"
)

// publication is what a client wants to have published. data aliases its message.
type publication struct {
	data []byte // JSON
	key  string // what it is the latest value of, for conflation
	ts   int64  // ns since 1970; 0: the client has not said

	snapshot, gap bool
}

// publish reads the fields of a publish request.
func (t *taken) publish() (channel []byte, p publication, flt *fault) {
	bad := func(why string) ([]byte, publication, *fault) { return nil, publication{}, &fault{CodeBadRequest, why} }
	switch {
	case t.channels != nil:
		return bad("channels is given; publish takes one channel")
	case t.channel == nil:
		return bad("channel is missing")
	case t.channel[0] != '"':
		return bad("channel must be a string")
	case t.data == nil:
		return bad("data is missing")
	}
	p.data = t.data
	if t.key != nil {
		if t.key[0] == '"' {
			p.key = unquote(t.key)
		}
		if t.key[0] != '"' || len(p.key) > MaxKeyBytes {
			return bad(fmt.Sprintf("key must be a string of at most %d bytes", MaxKeyBytes))
		}
	}
	if t.ts != nil {
		ns, err := strconv.ParseInt(string(t.ts), 10, 64)
		if err != nil || ns < 0 {
			return bad("ts must be an integer of nanoseconds since 1970, or 0")
		}
		p.ts = ns
	}
	var flt1, flt2 *fault
	p.snapshot, flt1 = truth("snapshot", t.snapshot)
	p.gap, flt2 = truth("gap", t.gap)
	return t.channel, p, cmp.Or(flt1, flt2)
}

// truth reads a field that is true or false; false if it is not there.
func truth(name string, value []byte) (bool, *fault) {
	switch string(value) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, &fault{CodeBadRequest, name + " must be true or false"}
}

// publish carries out a publish request. It is published at once, but where a join of the channel is under
// way its answer waits for that one's: answers about a channel come in the order of the requests.
func (s *Session) publish(req *request) {
	channel := unquote(req.channels)
	j := s.underWay(channel)
	var flt *fault
	if j != nil {
		if flt = s.crowded(); flt != nil {
			j = nil // then the answer cannot wait either
		}
	}
	var pos hub.Position
	if flt == nil {
		pos, flt = s.feed.takeIn(context.Background(), s.User(), channel, &req.publication)
	}
	var room [answerRoom]byte
	answer := s.feed.outcome(room[:0], channel, req, pos, flt)
	if j == nil {
		s.answer(answer)
		return
	}
	s.waiting().later++
	j.later = append(j.later, deferred{answer: bytes.Clone(answer)})
}

// outcome appends the answer to a publish request, and counts it if it is an error.
func (f *Feed) outcome(dst []byte, channel string, req *request, pos hub.Position, flt *fault) []byte {
	if flt == nil {
		return appendPublished(dst, channel, pos, req.id)
	}
	f.errors.Add(1)
	name := req.channels
	switch flt.code {
	case CodeNotPermitted: // not about the channel
		name = nil
	case CodeBadChannel:
	default:
		name = appendString(nil, channel)
	}
	return appendError(dst, flt, name, req.id)
}

// takeIn publishes what came from user, if that may be. Any goroutine may call it.
func (f *Feed) takeIn(ctx context.Context, user any, channel string, p *publication) (hub.Position, *fault) {
	if flt := f.allowPublish(user, channel); flt != nil {
		return hub.Position{}, flt
	}
	if n := len(p.data); f.cfg.MaxData > 0 && n > f.cfg.MaxData {
		return hub.Position{}, &fault{CodeTooBig, fmt.Sprintf("data has at most %d bytes; this has %d", f.cfg.MaxData, n)}
	}
	// The message that data lies in is about to die.
	pos, err := f.send(ctx, channel, hub.Payload{Data: bytes.Clone(p.data), Key: p.key, Time: p.ts, Snapshot: p.snapshot, Gap: p.gap})
	if err != nil {
		return hub.Position{}, notPublished(err)
	}
	f.published.Add(1)
	return pos, nil
}

// allowPublish says why user may not publish to channel; nil: it may.
func (f *Feed) allowPublish(user any, channel string) *fault {
	if f.cfg.PermitPublish == nil {
		return &fault{CodeNotPermitted, "this connection may not publish"}
	}
	if err := hub.ValidateChannel(channel); err != nil {
		return badChannel(err)
	}
	if !f.cfg.PermitPublish(user, channel) {
		return &fault{CodeForbidden, "you may not publish to this channel"}
	}
	return f.unknown(channel)
}

func notPublished(err error) *fault {
	switch {
	case errors.Is(err, hub.ErrChannelName):
		return badChannel(err)
	case errors.Is(err, hub.ErrBacklog):
		return &fault{CodeUnavailable, "the server is behind; wait a second, then publish this again"}
	}
	return &fault{CodeUnavailable, "the server takes nothing in now; try again later"}
}
