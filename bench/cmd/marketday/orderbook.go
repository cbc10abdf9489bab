package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// change is a difference of an order book, or a state of one.
type change struct {
	Last  int64
	B, A  [][2]string
	whole bool
}

// UnmarshalJSON takes both forms. encoding/json matches names whatever their case, and U is not u.
func (c *change) UnmarshalJSON(text []byte) error {
	var m struct {
		Last  int64       `json:"u"`
		First any         `json:"U"` // takes the name
		B     [][2]string `json:"b"`
		A     [][2]string `json:"a"`
		State int64       `json:"lastUpdateId"`
		Bids  [][2]string `json:"bids"`
		Asks  [][2]string `json:"asks"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	c.Last, c.B, c.A = m.Last, m.B, m.A
	if c.whole {
		c.Last, c.B, c.A = m.State, m.Bids, m.Asks
	}
	return nil
}

// orderbook is made in the simplest way that there is. A price is always written in the same way.
type orderbook struct {
	levels map[string]string // quantity by side and price
	last   int64
}

func (b *orderbook) apply(c change) {
	for side, all := range map[string][][2]string{"bid ": c.B, "ask ": c.A} {
		for _, x := range all {
			if b.levels[side+x[0]] = x[1]; strings.Trim(x[1], "0.") == "" {
				delete(b.levels, side+x[0])
			}
		}
	}
	b.last = c.Last
}

// bookAt is the order book after message seq; nil: there has been no state by then.
func (c *channel) bookAt(seq uint64) *orderbook {
	b := (*orderbook)(nil)
	for _, x := range c.changes[:seq] {
		if x.whole {
			b = &orderbook{levels: map[string]string{}}
			b.apply(x)
		}
	}
	if b == nil {
		return nil
	}
	state := b.last
	for _, x := range c.changes[:seq] {
		if !x.whole && x.Last > state {
			b.apply(x)
		}
	}
	return b
}

// differs says how a state that the server has made of the book after message seq is not the recording's; "": it is. Any number of
// goroutines may ask.
func (c *channel) differs(seq uint64, data []byte) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if right := c.states[seq]; right != nil && bytes.Equal(right, data) {
		return ""
	}
	want := c.bookAt(seq)
	got := change{whole: true}
	if want == nil {
		return "the recording has no book by then"
	}
	if err := json.Unmarshal(data, &got); err != nil {
		return err.Error()
	}
	if got.Last != want.last || len(got.B)+len(got.A) != len(want.levels) {
		return fmt.Sprintf("it has %d levels at update %d, the recording %d at %d", len(got.B)+len(got.A), got.Last, len(want.levels), want.last)
	}
	for side, all := range map[string][][2]string{"bid ": got.B, "ask ": got.A} {
		for _, x := range all {
			if q := want.levels[side+x[0]]; q != x[1] {
				return fmt.Sprintf("%s%s has %s, in the recording %q", side, x[0], x[1], q)
			}
		}
	}
	c.states[seq] = bytes.Clone(data)
	return ""
}
