package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
)

var limits = frame.Limits{Client: true, MaxMessage: 64 << 20}

// read takes what came from the socket.
func (r *reader) read(p []byte) error {
	for len(p) > 0 {
		ev, used, err := r.decoder.Next(p, &limits)
		if err != nil {
			return err
		}
		if p = p[used:]; ev.Op == 0 {
			continue
		}
		if err := r.take(ev); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) take(ev frame.Event) error {
	switch ev.Op {
	case frame.OpText:
	case frame.OpPing:
		if _, err := r.conn.Write(wsclient.Frame(frame.OpPong, ev.Payload)); err != nil {
			return &endedError{err, r.answers > 0}
		}
		return nil
	case frame.OpClose:
		code, reason, err := frame.ParseClose(ev.Payload)
		if err != nil {
			return err
		}
		return &closedError{code, reason}
	default:
		return fmt.Errorf("a %v frame", ev.Op)
	}
	for i, c := range r.day.channels { // what comes when nothing is left out
		at, k := r.at[i], r.at[i].last
		if at.in && at.shows == 0 && k < uint64(len(c.payload)) && bytes.Equal(ev.Payload, c.payload[k]) {
			return r.got(i, k+1, c.data[k], k+1)
		}
	}
	return r.odd(ev.Payload)
}

// said is all that a server may say about a channel.
type said struct {
	Type, Channel, Epoch, Policy string
	Seq, Dropped                 uint64
	TS                           int64
	From                         *uint64
	Recovered                    *bool
	Snapshot                     json.RawMessage // how many states follow, or true
	Gap                          bool
	Data                         json.RawMessage
}

// odd takes what is not simply the next message of a channel.
func (r *reader) odd(p []byte) error {
	var m said
	if err := json.Unmarshal(p, &m); err != nil {
		return fmt.Errorf("%w in %.200q", err, p)
	}
	i := slices.IndexFunc(r.day.channels, func(c *channel) bool { return c.name == m.Channel })
	if i < 0 {
		return fmt.Errorf("about no channel of the recording: %.300q", p)
	}
	c, at := r.day.channels[i], r.at[i]
	var err error
	switch m.Type {
	case "subscribed":
		err = r.subscribed(i, &m)
	case "heartbeat":
		if m.Seq != at.last {
			err = fmt.Errorf("the account stands at %d", at.last)
		}
	case "snapshot":
		if !at.in || at.shows < 1 || m.Seq > at.last {
			err = fmt.Errorf("no state is due at %d", at.last)
			break
		}
		at.shows, r.shows = at.shows-1, r.shows-1
		r.channels[i].states++
		err = r.state(c, at, m.Seq, m.Data)
	case "message", "dropped":
		err = r.tiles(i, &m)
	default:
		err = fmt.Errorf("not due")
	}
	if err != nil {
		return fmt.Errorf("%w: %.300q", err, p)
	}
	return nil
}
