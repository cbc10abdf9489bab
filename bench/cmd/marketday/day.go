package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// day is what a recording says, taken apart by encoding/json: it shares no code with the server.
type day struct {
	channels []*channel
	messages int
	levels   map[string]string // of the order book at the end, by side and price
}

// channel is one of its channels.
type channel struct {
	name    string
	payload [][]byte       // of message 1, 2, ... as they go out when nothing is left out; nil: a state that the server makes
	data    [][]byte       // in them
	first   []atomic.Int64 // when anybody got it first, in ns
	book    bool
}

type levels [][2]string

// readDay reads a recording.
func readDay(path string) (*day, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	d := &day{levels: map[string]string{}}
	byName := map[string]*channel{}
	var depth *channel
	var state int64 // the update that the order book was got at
	var changes []change
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 4<<20)
	for n := 1; lines.Scan(); n++ {
		ts, text, _ := strings.Cut(lines.Text(), " ")
		var m struct {
			Stream       string
			Data         json.RawMessage
			LastUpdateID int64 `json:"lastUpdateId"`
			Bids, Asks   levels
		}
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if m.Stream == "" {
			if depth == nil {
				continue
			}
			depth.payload, depth.data = append(depth.payload, nil), append(depth.data, nil)
			state = m.LastUpdateID
			d.apply(change{B: m.Bids, A: m.Asks})
			d.messages++
			continue
		}
		c := byName[m.Stream]
		if c == nil {
			c = &channel{name: m.Stream, book: strings.Contains(m.Stream, "@depth")}
			byName[m.Stream] = c
			d.channels = append(d.channels, c)
		}
		if c.book {
			var x change
			if err := json.Unmarshal(m.Data, &x); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
			changes, depth = append(changes, x), c
		}
		head := `{"type":"message","channel":"` + m.Stream + `","seq":` + strconv.Itoa(len(c.payload)+1) + `,"ts":` + ts + `,"data":`
		p := append(append([]byte(head), m.Data...), '}')
		c.payload, c.data = append(c.payload, p), append(c.data, p[len(head):len(p)-1])
		d.messages++
	}
	if err := lines.Err(); err != nil && err != io.EOF {
		return nil, err
	}
	for _, x := range changes {
		if x.Last > state {
			d.apply(x)
		}
	}
	for _, c := range d.channels {
		c.first = make([]atomic.Int64, len(c.payload))
	}
	return d, nil
}

// change is a difference.
type change struct {
	Last int64  `json:"u"`
	B    levels `json:"b"`
	A    levels `json:"a"`
	E    any    `json:"U"` // takes the name, which encoding/json would else match with u
}

func (d *day) apply(c change) {
	for side, all := range map[string]levels{"b": c.B, "a": c.A} {
		for _, x := range all {
			if d.levels[side+x[0]] = x[1]; strings.Trim(x[1], "0.") == "" {
				delete(d.levels, side+x[0])
			}
		}
	}
}

// differs says how a state that the server has made is not the recording's; "": it is.
func (d *day) differs(data []byte) string {
	var m struct{ Bids, Asks levels }
	if err := json.Unmarshal(data, &m); err != nil {
		return err.Error()
	}
	if len(m.Bids)+len(m.Asks) != len(d.levels) {
		return fmt.Sprintf("it has %d levels, the recording %d", len(m.Bids)+len(m.Asks), len(d.levels))
	}
	for side, all := range map[string]levels{"b": m.Bids, "a": m.Asks} {
		for _, x := range all {
			if d.levels[side+x[0]] != x[1] {
				return fmt.Sprintf("at %s of %s it has %s, the recording %q", x[0], side, x[1], d.levels[side+x[0]])
			}
		}
	}
	return ""
}
