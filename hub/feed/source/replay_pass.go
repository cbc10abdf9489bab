package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// pass is one going through the file, and what is kept from one to the next.
type pass struct {
	*Replay
	ctx       context.Context
	publisher publisher
	streams   map[string]*stream
	depth     string // the depth stream that came last in this pass
	schedule  schedule
	chunk     int
	passes    int // that were made before this one
}

// stream is what is known of one.
type stream struct {
	name   string
	passes int // as of its last message
}

func (p *pass) run() error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	file, err := openRecording(p.cfg.Path, &p.position)
	if err != nil {
		return err
	}
	defer file.close()
	var origin int64
	empty := true
	p.depth = ""
	for {
		line, err := file.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		e, ok, err := p.parse(file, line)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if empty {
			empty, origin = false, e.time
			p.schedule.restart()
		}
		if err := p.play(file, e, e.time-origin); err != nil {
			return err
		}
	}
	if empty { // a loop over nothing would spin
		return &FileError{Path: p.cfg.Path, Err: ErrNoMessages,
			Hint: `a recording has lines of the form 1723161254087896568 {"stream":"NAME","data":...}`}
	}
	return p.pace()
}

// parse takes a line apart; ok is false when there is nothing in it to publish.
func (p *pass) parse(file *recording, line []byte) (e envelope, ok bool, err error) {
	e, column, err := parseLine(line)
	switch {
	case err == nil && (e.stream != nil || e.data != nil && p.cfg.Snapshots && p.depth != ""):
		return e, true, nil
	case err == nil, len(bytes.TrimSpace(line)) == 0:
		p.skipped.Add(1)
		return envelope{}, false, nil
	}
	return envelope{}, false, &FileError{
		Path: p.cfg.Path, Line: file.line, Column: column,
		Err:  &wrapped{ErrMalformed, err},
		Hint: "mend or delete the line; a replay does not pass over it, because what follows may build on it",
	}
}

// play publishes a message that was recorded offset nanoseconds after the first one, when its time has come.
func (p *pass) play(file *recording, e envelope, offset int64) error {
	ev := Event{Data: e.data, TS: e.time}
	if e.stream == nil {
		ev.Channel, ev.Snapshot = p.depth, true
	} else {
		p.name(e.stream, &ev)
	}
	channel := ev.Channel
	if p.cfg.Speed == Max {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		cost := len(e.data) + len(channel) + MessageOverhead
		if p.chunk+cost > p.cfg.ChunkBytes {
			if err := p.pace(); err != nil {
				return err
			}
		}
		p.chunk += cost
	} else if err := p.schedule.wait(p.ctx, p.cfg.Speed.scale(offset)); err != nil {
		return err
	}
	if err := p.publisher.publish(ev); err != nil {
		return &FileError{Path: p.cfg.Path, Line: file.line, Err: fmt.Errorf("publish to %q: %w", channel, err)}
	}
	p.recorded.Store(offset)
	return nil
}

// pace ends a chunk, if one has begun.
func (p *pass) pace() error {
	if p.chunk == 0 {
		return nil
	}
	p.chunk = 0
	if p.cfg.Pace == nil {
		return nil
	}
	if err := p.cfg.Pace(p.ctx); err != nil {
		return fmt.Errorf("replay %s: waiting for the subscribers: %w", p.cfg.Path, err)
	}
	return nil
}

// maxNames bounds the streams kept, against a file with a new one on every line.
const maxNames = 1 << 16

// name gives e the stream as a string, one for all its messages, and a gap if the file has begun anew since its last one.
func (p *pass) name(name []byte, e *Event) {
	s := p.streams[string(name)]
	if s == nil {
		if len(p.streams) == maxNames {
			clear(p.streams)
		}
		s = &stream{name: string(name), passes: p.passes}
		p.streams[s.name] = s
	}
	e.Channel, e.Gap = s.name, s.passes != p.passes
	s.passes = p.passes
	if p.cfg.Snapshots && bytes.Contains(name, []byte("@depth")) {
		p.depth = s.name
	}
}
