package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub/feed/book"
)

// kind is what happens to a subscriber.
type kind uint8

const (
	steady kind = iota
	stalling
	cutOff
	kinds
)

var kindNames = [...]string{"steady", "stalling", "cut off"}

// reader is one subscriber. What it has outlives its connections.
type reader struct {
	o      *options
	day    *day
	kind   kind
	points []float64 // of the day at which something happens to it
	at     []*place
	total  int // numbers accounted for
	keeps  bool
	opened func() // called once, when it is subscribed to everything for the first time

	conn    net.Conn
	decoder frame.Decoder
	now     time.Time
	answers int
	tally
}

// place is where a reader is in a channel.
type place struct {
	epoch string
	last  uint64
	known bool
	shows int
	book  *book.Book // nil: there is no state
}

// tally is what a reader has met.
type tally struct {
	deliveries, conflated, ranges, dropped, away uint64
	resumes, recovered, notRecovered             int
	evicted, broken                              int             // connections that the server has ended with 1013, and without a word
	late                                         []time.Duration // a sample
}

var errEvicted = errors.New("closed with 1013")

// live reads until everything is accounted for.
func (r *reader) live() error {
	for {
		err := r.connection()
		if err == nil {
			return nil
		}
		var ne net.Error
		switch {
		case errors.Is(err, errCut):
			time.Sleep(time.Duration(float64(r.o.away) * r.points[0])) // any part of it
			r.points = r.points[1:]
		case errors.Is(err, errEvicted):
			r.evicted++
		case errors.Is(err, io.EOF), errors.As(err, &ne): // at the hard limit there is no room for a reason; the server's metrics have it
			r.broken++
		default:
			return fmt.Errorf("%s reader, %d numbers accounted for: %w", kindNames[r.kind], r.total, err)
		}
	}
}

var errCut = errors.New("cut off")

// connection is one connection, from the handshake to its end; nil: everything is accounted for.
func (r *reader) connection() error {
	if err := r.dial(); err != nil {
		return err
	}
	defer r.conn.Close()
	buf := make([]byte, r.o.bufferBytes)
	for !r.done() {
		if len(r.points) > 0 && float64(r.total) >= r.points[0]*float64(r.day.messages) && r.answers == 0 {
			if r.kind == cutOff {
				return errCut
			}
			r.points = r.points[1:]
			time.Sleep(r.o.stall)
		}
		n, err := r.conn.Read(buf)
		if err != nil {
			return err
		}
		r.now = time.Now()
		for p := buf[:n]; len(p) > 0; {
			ev, used, err := r.decoder.Next(p, &frame.Limits{Client: true, MaxMessage: 64 << 20})
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
	}
	return nil
}

func (r *reader) done() bool { return r.answers == 0 && r.total == r.day.messages }

// dial connects, and subscribes to each channel from where the reader is.
func (r *reader) dial() error {
	conn, err := net.DialTimeout("tcp", r.o.addr, 10*time.Second)
	if err != nil {
		return err
	}
	_ = conn.(*net.TCPConn).SetReadBuffer(r.o.bufferBytes)
	r.conn, r.decoder, r.answers = conn, frame.Decoder{}, len(r.day.channels)
	if _, err := conn.Write(wsclient.Handshake(r.o.addr, r.o.path)); err != nil {
		return err
	}
	var head [4096]byte
	for have := 0; ; {
		n, err := conn.Read(head[have:])
		if err != nil {
			return err
		}
		have += n
		if n, err = wsclient.CheckHandshake(head[:have]); err != nil {
			return err
		}
		if n > 0 {
			break // nothing comes behind it before the subscription
		}
	}
	for i, c := range r.day.channels {
		since := ""
		if p := r.at[i]; p.known {
			since = fmt.Sprintf(`,"since":{"epoch":%q,"seq":%d}`, p.epoch, p.last)
			r.resumes++
		}
		if _, err := conn.Write(wsclient.Text(`{"type":"subscribe","channel":"` + c.name + `"` + since + `}`)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) take(ev frame.Event) error {
	switch ev.Op {
	case frame.OpText:
	case frame.OpPing:
		_, err := r.conn.Write(wsclient.Frame(frame.OpPong, ev.Payload))
		return err
	case frame.OpClose:
		if code, reason, err := frame.ParseClose(ev.Payload); err != nil || code != frame.StatusTryAgainLater {
			return fmt.Errorf("closed: %v %s", code, reason)
		}
		return errEvicted
	default:
		return fmt.Errorf("a %v frame", ev.Op)
	}
	for i, c := range r.day.channels { // what comes when nothing is left out
		if k := r.at[i].last; k < uint64(len(c.payload)) && bytes.Equal(ev.Payload, c.payload[k]) {
			return r.got(i, k+1, c.data[k], k+1)
		}
	}
	return r.odd(ev.Payload)
}

// odd takes what is not simply the next message of a channel.
func (r *reader) odd(p []byte) error {
	var m struct {
		Type, Channel, Epoch string
		Seq, Dropped         uint64
		From                 *uint64
		Recovered            *bool
		Snapshot             json.RawMessage
		Gap                  bool
		Data                 json.RawMessage
	}
	if err := json.Unmarshal(p, &m); err != nil {
		return fmt.Errorf("%w in %.200q", err, p)
	}
	i := slices.IndexFunc(r.day.channels, func(c *channel) bool { return c.name == m.Channel })
	if i < 0 {
		return fmt.Errorf("about no channel of the recording: %.300q", p)
	}
	c, at := r.day.channels[i], r.at[i]
	first := m.Seq - m.Dropped
	if m.From != nil {
		first = *m.From
	}
	switch m.Type {
	case "heartbeat":
		if m.Seq != at.last {
			return fmt.Errorf("at %d, and a heartbeat says %d", at.last, m.Seq)
		}
		return nil
	case "subscribed":
		shows, _ := strconv.Atoi(string(m.Snapshot))
		return r.subscribed(at, m.Epoch, m.Seq, m.Recovered, shows)
	case "snapshot":
		if at.shows--; at.shows < 0 || m.Seq > at.last {
			return fmt.Errorf("a snapshot that is not due: %.300q", p)
		}
		return r.state(c, at, m.Seq, m.Data)
	case "dropped":
		r.dropped += m.Seq - first + 1
	case "message":
		r.dropped += m.Dropped
		if m.From != nil && *m.From < m.Seq {
			r.conflated += m.Seq - first
			r.ranges++
		}
	default:
		return fmt.Errorf("%.300q", p)
	}
	if first != at.last+1 || m.Seq < first || m.Seq > uint64(len(c.payload)) {
		return fmt.Errorf("at %d of %d, this does not tile: %.300q", at.last, len(c.payload), p)
	}
	if m.Type == "dropped" || m.Dropped > 0 || m.Gap {
		at.book = nil
	}
	if m.Type == "dropped" {
		r.account(at, m.Seq)
		return nil
	}
	if string(m.Snapshot) == "true" {
		if err := r.state(c, at, m.Seq, m.Data); err != nil {
			return err
		}
	}
	return r.got(i, m.Seq, m.Data, first)
}

// subscribed takes the answer to a subscription.
func (r *reader) subscribed(at *place, epoch string, seq uint64, recovered *bool, shows int) error {
	r.answers--
	at.shows = shows
	switch {
	case !at.known && recovered == nil && (r.opened == nil || seq == 0):
	case !at.known || recovered == nil || epoch != at.epoch || seq < at.last || *recovered && (seq != at.last || shows > 0):
		return fmt.Errorf("at %+v, subscribed at %d in %s, recovered %v, with %d snapshots", at, seq, epoch, recovered, shows)
	case *recovered:
		r.recovered++
	default:
		r.notRecovered++
		r.away += seq - at.last
		at.book = nil
	}
	at.epoch, at.known = epoch, true
	r.account(at, seq)
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
		return fmt.Errorf("%s %d is %.200q, the recording has %.200q", c.name, seq, data, want)
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
		if first != seq {
			at.book = nil // cannot be: a book loses nothing
		} else if err := at.book.Update(c.data[seq-1]); err != nil {
			return err
		}
	}
	r.account(at, seq)
	return nil
}

// state is a whole book.
func (r *reader) state(c *channel, at *place, seq uint64, data []byte) error {
	if !c.book || !r.keeps {
		if want := c.data[seq-1]; !c.book && !bytes.Equal(data, want) {
			return fmt.Errorf("the snapshot %s %d is %.200q, the recording has %.200q", c.name, seq, data, want)
		}
		return nil
	}
	at.book = book.New()
	return at.book.Restore(bytes.Clone(data))
}
