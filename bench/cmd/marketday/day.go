package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/weir-ws/weir/bench/internal/replayed"
)

// day is what a recording says, taken apart by encoding/json: it shares no code with the server.
type day struct {
	channels []*channel
	messages int
}

// channel is one of its channels.
type channel struct {
	name    string
	payload [][]byte       // of message 1, 2, ... as they go out when nothing is left out; nil: a state that the server makes
	data    [][]byte       // in them
	times   []int64        // of them
	first   []atomic.Int64 // when anybody got it first, in ns
	changes []change       // in them, of an order book; nil: it is none

	mu     sync.Mutex
	states map[uint64][]byte // that have been found right, by the message at which the book stands so
}

func (c *channel) book() bool { return c.changes != nil }

// readDay reads a recording.
func readDay(path string) (*day, error) {
	d := &day{}
	byName := map[string]*channel{}
	var depth *channel
	err := replayed.Read(path, func(l replayed.Line) error {
		c := byName[l.Stream]
		switch {
		case l.Stream == "" && depth == nil:
			return nil // a book of a channel that there is not yet
		case l.Stream == "":
			c = depth
		case c == nil:
			c = &channel{name: l.Stream, states: map[uint64][]byte{}}
			byName[l.Stream] = c
			d.channels = append(d.channels, c)
		}
		d.messages++
		if strings.Contains(c.name, "@depth") {
			x := change{whole: l.Stream == ""}
			if err := json.Unmarshal(l.Data, &x); err != nil {
				return err
			}
			c.changes, depth = append(c.changes, x), c
		}
		ts, err := strconv.ParseInt(l.Time, 10, 64)
		if err != nil {
			return err
		}
		c.times = append(c.times, ts)
		if l.Stream == "" {
			c.payload, c.data = append(c.payload, nil), append(c.data, nil)
			return nil
		}
		p, data := l.Payload(len(c.payload) + 1)
		c.payload, c.data = append(c.payload, p), append(c.data, p[data:len(p)-1])
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, c := range d.channels {
		c.first = make([]atomic.Int64, len(c.payload))
	}
	return d, nil
}

// seen is how many of its messages anybody has got, or a later one of the channel.
func (d *day) seen() (n int) {
	for _, c := range d.channels {
		for i := len(c.first); i > 0; i-- {
			if c.first[i-1].Load() != 0 {
				n += i
				break
			}
		}
	}
	return n
}
