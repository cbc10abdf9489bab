package source

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"unicode/utf8"
)

// LinesConfig says where lines come from.
type LinesConfig struct {
	Name string    // for messages: "stdin"
	In   io.Reader // read to its end, once

	// Check judges the name of a channel, such as hub.ValidateChannel; what it refuses is a bad line. nil: all names are good.
	Check func(channel string) error
	// Bad is told of lines that are no messages, in the goroutine of Run. nil: they are only counted.
	Bad func(err *LineError)
	// Strict ends the source with the first bad line instead.
	Strict bool
	// Clock dates what has no ts. nil: SystemClock.
	Clock Clock
}

// Lines publishes what stands in a text, one JSON object a line, with the fields of a publish request (docs/protocol.md):
//
//	{"channel":"btcusdt@trade","data":{"p":"61230.10"},"ts":1723161254087896568,"key":"BTCUSDT","snapshot":true,"gap":true}
//
// channel and data are needed, other fields than these are ignored, and empty lines too. A bad line is reported with its number and
// passed over. Nobody knows whose message it was, so the next message of every channel has [Event].Gap: a state that was built from differences
// begins anew. Make Lines with NewLines.
type Lines struct {
	cfg                  LinesConfig
	running              atomic.Bool
	messages, bytes, bad atomic.Uint64
}

var _ Source = (*Lines)(nil)

// LinesStats are the totals of Lines.
type LinesStats struct {
	Messages, Bytes uint64 // published; bytes of data
	Bad             uint64 // lines that were passed over
}

// NewLines checks cfg. The error is a *ConfigError.
func NewLines(cfg LinesConfig) (*Lines, error) {
	if cfg.In == nil {
		return nil, &ConfigError{"In", "must be something to read from, such as os.Stdin"}
	}
	if cfg.Clock == nil {
		cfg.Clock = SystemClock()
	}
	return &Lines{cfg: cfg}, nil
}

// Stats returns the totals. Any goroutine may call it.
func (l *Lines) Stats() LinesStats {
	return LinesStats{l.messages.Load(), l.bytes.Load(), l.bad.Load()}
}

// Run publishes the lines until there are no more; see [Source] for what it returns. What is wrong with a line or with reading is a *LineError. Unlike
// other sources it starts a goroutine: nothing else can wait for a terminal and for ctx at once. When ctx ends first, that goroutine ends with the read
// that is under way.
func (l *Lines) Run(ctx context.Context, sink Sink) error {
	if !l.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer l.running.Store(false)
	lines := make(chan line)
	stop := make(chan struct{})
	defer close(stop)
	go read(l.cfg.In, lines, stop)
	p := publisher{ctx, sink, &l.messages, &l.bytes}
	var lost Losses
	for n := 1; ; {
		var in line
		select {
		case in = <-lines:
		case <-ctx.Done():
			return ctx.Err()
		}
		if errors.Is(in.err, io.EOF) {
			return nil
		}
		err := in.err
		if err != nil && !errors.Is(err, ErrLineTooLong) {
			return stopped(ctx, &LineError{Name: l.cfg.Name, Line: n, Err: err})
		}
		var e Event
		if err == nil && len(bytes.TrimSpace(in.text)) > 0 {
			e, err = l.parse(in.text)
		}
		switch {
		case err != nil:
			bad := &LineError{Name: l.cfg.Name, Line: n, Err: err}
			if l.cfg.Strict {
				return bad
			}
			l.bad.Add(1)
			lost.LoseAll()
			if l.cfg.Bad != nil {
				l.cfg.Bad(bad)
			}
		case e.Channel != "":
			e.Gap = lost.Gap(e.Channel) || e.Gap
			if err := p.pass(e); err != nil {
				return stopped(ctx, &LineError{Name: l.cfg.Name, Line: n, Err: fmt.Errorf("publish to %q: %w", e.Channel, err)})
			}
		}
		n++
	}
}

// line is one, or why there is none.
type line struct {
	text []byte
	err  error
}

// read hands the lines out, each in memory of its own, until stop.
func read(in io.Reader, lines chan<- line, stop <-chan struct{}) {
	r := bufio.NewReaderSize(in, readAhead)
	for {
		l := readLine(r)
		select {
		case lines <- l:
		case <-stop:
			return
		}
		if l.err != nil && !errors.Is(l.err, ErrLineTooLong) {
			return
		}
	}
}

// readLine returns the next line; one that is too long is read over to its end.
func readLine(r *bufio.Reader) line {
	var text []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(text)+len(part) > MaxLine; long {
			text = nil
		} else {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return line{err: err}
		case long:
			return line{err: ErrLineTooLong}
		case err != nil && len(text) == 0:
			return line{err: io.EOF}
		}
		return line{text: text}
	}
}

// parse reads a line.
func (l *Lines) parse(text []byte) (Event, error) {
	var m struct {
		Channel  *string         `json:"channel"`
		Data     json.RawMessage `json:"data"`
		TS       int64           `json:"ts"`
		Key      string          `json:"key"`
		Snapshot bool            `json:"snapshot"`
		Gap      bool            `json:"gap"`
	}
	malformed := func(err error) (Event, error) { return Event{}, &wrapped{ErrMalformed, err} }
	if !utf8.Valid(text) {
		return malformed(errors.New("not UTF-8"))
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return malformed(err)
	}
	switch {
	case m.Channel == nil:
		return malformed(errors.New("channel is missing"))
	case m.Data == nil:
		return malformed(errors.New("data is missing"))
	case m.TS < 0:
		return malformed(errors.New("ts is nanoseconds since 1970"))
	}
	if l.cfg.Check != nil {
		if err := l.cfg.Check(*m.Channel); err != nil {
			return malformed(err)
		}
	} else if *m.Channel == "" {
		return malformed(errors.New("channel is empty"))
	}
	if m.TS == 0 {
		m.TS = l.cfg.Clock.Now().UnixNano()
	}
	return Event{Channel: *m.Channel, Data: m.Data, TS: m.TS, Key: m.Key, Snapshot: m.Snapshot, Gap: m.Gap}, nil
}
