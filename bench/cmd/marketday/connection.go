package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
)

var errCut = errors.New("cut off")

// connection is one connection, from the handshake to its end; nil: everything is accounted for, and nothing came behind it.
func (r *reader) connection(ctx context.Context) error {
	dialing, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := wsclient.Dial(dialing, r.o.Addr, r.o.Path)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	_ = conn.(*net.TCPConn).SetReadBuffer(r.o.Buffer)
	r.conn, r.decoder = conn, frame.Decoder{}
	if err := r.subscribe(); err != nil {
		return err
	}
	buf := make([]byte, r.o.Buffer)
	for !r.done() {
		if len(r.points) > 0 && float64(r.total) >= r.points[0]*float64(r.day.messages) && r.answers == 0 && r.shows == 0 {
			r.points = r.points[1:]
			if r.kind == cutOff {
				return errCut
			}
			pause(ctx, r.o.stall)
		}
		n, err := conn.Read(buf)
		if err != nil {
			return &endedError{err, r.answers > 0}
		}
		r.now = time.Now()
		if err := r.read(buf[:n]); err != nil {
			return err
		}
	}
	if r.closed != nil {
		r.closed()
		r.closed = nil
	}
	return r.quiet(buf)
}

// quiet reads on for a moment: but for pings and heartbeats nothing may come any more.
func (r *reader) quiet(buf []byte) error {
	_ = r.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	for {
		n, err := r.conn.Read(buf)
		if err == nil {
			err = r.read(buf[:n])
		} else {
			return nil
		}
		if err != nil && lawful(err) == "" {
			return fmt.Errorf("after the last message: %w", err)
		}
	}
}

func (r *reader) done() bool { return r.answers == 0 && r.shows == 0 && r.total == r.day.messages }

// subscribe asks for each channel from where the reader is.
func (r *reader) subscribe() error {
	r.answers, r.shows = len(r.day.channels), 0
	for i, c := range r.day.channels {
		since, p := "", r.at[i]
		p.in, p.shows = false, 0
		if p.known {
			since = fmt.Sprintf(`,"since":{"epoch":%q,"seq":%d}`, p.epoch, p.last)
			r.channels[i].resumes++
		}
		if _, err := r.conn.Write(wsclient.Text(`{"type":"subscribe","channel":"` + c.name + `"` + since + `}`)); err != nil {
			return &endedError{err, true}
		}
	}
	return nil
}

// pause waits, but not longer than ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
