package main

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/weir-ws/weir/hub/feed/book"
)

// tiles takes what accounts for numbers of a channel: those right behind what is accounted for already.
func (r *reader) tiles(i int, m *said) error {
	c, at := r.day.channels[i], r.at[i]
	first := m.Seq - m.Dropped
	if m.From != nil {
		first = *m.From
	}
	if first != at.last+1 || m.Seq < first || m.Seq > uint64(len(c.payload)) || !at.in || at.shows > 0 {
		return fmt.Errorf("at %d of %d, with %d states to come, this does not tile", at.last, len(c.payload), at.shows)
	}
	if m.Dropped > 0 || m.Type == "dropped" {
		if r.dropped += m.Dropped; at.policy == "lossless" {
			return fmt.Errorf("a lossless channel has lost messages")
		}
	}
	if m.Type == "dropped" {
		r.dropped += m.Seq - first + 1
		r.account(at, m.Seq)
		at.book = nil
		return nil
	}
	if m.From != nil && first < m.Seq {
		if r.conflated, r.ranges = r.conflated+m.Seq-first, r.ranges+1; at.policy != "conflate" {
			return fmt.Errorf("a channel that is %q has conflated", at.policy)
		}
	}
	switch {
	case m.TS != c.times[m.Seq-1]:
		return fmt.Errorf("the recording has the time %d", c.times[m.Seq-1])
	case m.Gap:
		return fmt.Errorf("the recording has no gap")
	case first == m.Seq && m.Snapshot == nil:
		return fmt.Errorf("the message is %.300q", c.payload[m.Seq-1])
	}
	if m.Dropped > 0 {
		at.book = nil
	}
	if string(m.Snapshot) == "true" {
		if err := r.state(c, at, m.Seq, m.Data); err != nil {
			return err
		}
	}
	return r.got(i, m.Seq, m.Data, first)
}

// subscribed takes the answer to a subscription.
func (r *reader) subscribed(i int, m *said) error {
	at, n := r.at[i], &r.channels[i]
	r.answers--
	at.shows, _ = strconv.Atoi(string(m.Snapshot))
	r.shows += at.shows
	switch {
	case at.in:
		return fmt.Errorf("twice")
	case !at.known && m.Recovered == nil && (m.Seq == 0 || r.joinsLate):
		r.missed += m.Seq
	case !at.known:
		return fmt.Errorf("start a fresh server for each run")
	case m.Recovered == nil || m.Epoch != at.epoch || m.Seq < at.last || *m.Recovered && (m.Seq != at.last || at.shows > 0):
		return fmt.Errorf("at %d of epoch %s", at.last, at.epoch)
	case *m.Recovered:
		n.recovered++
	default:
		n.lost++
		r.missed += m.Seq - at.last
		at.book = nil
	}
	at.epoch, at.policy, at.known, at.in = m.Epoch, m.Policy, true, true
	r.account(at, m.Seq)
	if r.answers == 0 && r.opened != nil {
		r.opened()
		r.opened = nil
	}
	return nil
}

func (r *reader) account(at *place, seq uint64) {
	r.total += int(seq - at.last)
	at.last = seq
}

// got takes a message that accounts for first to seq.
func (r *reader) got(i int, seq uint64, data []byte, first uint64) error {
	c, at := r.day.channels[i], r.at[i]
	r.deliveries++
	if want := c.data[seq-1]; want != nil && !bytes.Equal(data, want) {
		return fmt.Errorf("the recording has %.200q", want)
	}
	if r.deliveries%16 == 0 {
		t := r.now.UnixNano()
		if !c.first[seq-1].CompareAndSwap(0, t) {
			r.late = append(r.late, time.Duration(t-c.first[seq-1].Load()))
		}
	} else if c.first[seq-1].Load() == 0 {
		c.first[seq-1].CompareAndSwap(0, r.now.UnixNano())
	}
	if at.book != nil && c.data[seq-1] != nil {
		if err := at.book.Update(c.data[seq-1]); err != nil {
			return err
		}
	}
	r.account(at, seq)
	return nil
}

// state takes a whole state of a channel: of an order book, or the last value.
func (r *reader) state(c *channel, at *place, seq uint64, data []byte) error {
	if !c.book() {
		if seq == 0 || !bytes.Equal(data, c.data[seq-1]) {
			return fmt.Errorf("the state is not message %d of the recording", seq)
		}
		return nil
	}
	if why := c.differs(seq, data); why != "" {
		return fmt.Errorf("the book is not the recording's: %s", why)
	}
	if !r.keeps {
		return nil
	}
	at.book = book.New()
	return at.book.Restore(bytes.Clone(data))
}
